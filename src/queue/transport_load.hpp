#pragma once
// TransportLoad: one core's part in the deliveries of one transport: its destinations that wait for a slot of the service's
// process limit, which all cores share. Lives on its core.
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>

#include "world/shared_slots.hpp"

namespace posthouse::queue {

class Destination;

/// What waits for a place: new mail, or mail that can wait, because many get it or because it was deferred before.
enum class Lane : std::uint8_t { prompt, patient };
/// Each so many starts one goes to the patient if some wait, so neither kind starves.
inline constexpr unsigned patient_turn = 5;

class TransportLoad {
public:
    /// `wake` makes another core's part of this transport call serve().
    TransportLoad(world::SharedSlots& slots, std::size_t core, std::function<void(std::size_t core)> wake);

    /// Takes a slot unless others wait for one, here or on another core.
    [[nodiscard]] bool take(std::size_t limit) { return !has_line() && !slots_.anybody_waits() && slots_.take(limit); }
    void give_back() { slots_.give_back(); }
    /// Gives a slot back whose delivery goes on; false: too many have been. Each loan ends with end_loan().
    [[nodiscard]] bool lend(std::size_t limit) { return slots_.lend(limit * loans_max); }
    void end_loan() { slots_.end_loan(); }
    /// Destinations wait for a slot, here.
    [[nodiscard]] bool has_line() const { return !lines_[0].empty() || !lines_[1].empty(); }
    /// Joins the line, after which offer() is due; none is forgotten while it is in there.
    void wait(Destination& destination, Lane lane);
    /// Whoever's turn it is gets what is free: the next core, and on it the next destination.
    void offer();
    /// Starts what waits here, one job a destination, while slots are free.
    void serve();

private:
    world::SharedSlots& slots_;
    std::size_t core_;
    std::function<void(std::size_t core)> wake_;
    static constexpr std::size_t loans_max = 9;  // times the process limit: sockets are bounded too

    std::deque<Destination*>& next_line();

    std::array<std::deque<Destination*>, 2> lines_;  // by Lane
    unsigned turn_ = 0;
    bool serving_ = false;
};

}  // namespace posthouse::queue
