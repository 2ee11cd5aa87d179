#include "receive/session_slots.hpp"

namespace posthouse::receive {

void SessionSlots::give_back() {
    slots_.give_back();
    for (std::size_t i = 0; i < freed_.size() && slots_.anybody_waits(); ++i) {
        if (const auto core = slots_.next_waiting()) {
            cores_.core(*core).executor.post([self = shared_from_this(), core = *core] { self->wake(core); });
        }
    }
}

void SessionSlots::wake(std::size_t core) {
    slots_.set_waiting(core, false);  // who finds nothing says so again
    freed_[core].notify_all();
}

world::Task<void> SessionSlots::wait(std::size_t core, std::size_t limit) {
    slots_.set_waiting(core, true);
    if (!has_room(limit)) {  // asked again: whoever gave a slot back a moment ago saw nobody waiting
        co_await freed_[core].wait();
    }
}

}  // namespace posthouse::receive
