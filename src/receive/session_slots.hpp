#pragma once
// SessionSlots: how many sessions an smtpd row of master.cf may have, all its addresses and all cores together, as master(8)
// counts its processes. Lives as long as any listener or session of the row; the waiting side belongs to one core each.
#include <deque>
#include <memory>

#include "world/cores.hpp"
#include "world/shared_slots.hpp"
#include "world/signal.hpp"

namespace posthouse::receive {

class SessionSlots : public std::enable_shared_from_this<SessionSlots> {
public:
    explicit SessionSlots(world::Cores& cores) : cores_(cores), slots_(cores.count()), freed_(cores.count()) {}

    /// Takes a slot if fewer than `limit` are taken; 0: no limit.
    [[nodiscard]] bool take(std::size_t limit) { return slots_.take(limit); }
    [[nodiscard]] bool has_room(std::size_t limit) const { return limit == 0 || slots_.taken() < limit; }
    /// Any core: a session is over. Every core that waits looks again.
    void give_back();
    /// On `core`: ends when a slot may be free, or at once if one has come back meanwhile. For a loop around take().
    world::Task<void> wait(std::size_t core, std::size_t limit);
    /// On `core`: whoever waits there looks again.
    void wake(std::size_t core);

private:
    world::Cores& cores_;
    world::SharedSlots slots_;
    std::deque<world::Signal> freed_;  // by core, each the core's own
};

}  // namespace posthouse::receive
