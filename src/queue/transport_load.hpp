#pragma once
// TransportLoad: one core's part in the deliveries of one transport: its destinations that wait for a slot of the service's
// process limit, which all cores share. Lives on its core.
#include <cstddef>
#include <deque>
#include <functional>

#include "world/shared_slots.hpp"

namespace posthouse::queue {

class Destination;

class TransportLoad {
public:
    /// `wake` makes another core's part of this transport call serve().
    TransportLoad(world::SharedSlots& slots, std::size_t core, std::function<void(std::size_t core)> wake);

    /// Takes a slot unless others wait for one, here or on another core.
    [[nodiscard]] bool take(std::size_t limit) { return waiting_.empty() && !slots_.anybody_waits() && slots_.take(limit); }
    void give_back() { slots_.give_back(); }
    /// Joins the line, after which offer() is due; none is forgotten while it is in there.
    void wait(Destination& destination);
    /// Whoever's turn it is gets what is free: the next core, and on it the next destination.
    void offer();
    /// Starts what waits here, one job a destination, while slots are free.
    void serve();

private:
    world::SharedSlots& slots_;
    std::size_t core_;
    std::function<void(std::size_t core)> wake_;
    std::deque<Destination*> waiting_;
    bool serving_ = false;
};

}  // namespace posthouse::queue
