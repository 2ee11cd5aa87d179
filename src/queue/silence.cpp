// CoreQueue: destinations that take connections, or nothing at all, and do not answer until a timeout, which may be minutes away.
// In Postfix each of their deliveries holds a process, and their mail the active queue, until other mail waits for them too.
#include "queue/core_queue.hpp"

namespace posthouse::queue {

namespace {

// Ours. A slot that is lent too early costs nothing. A server that lets its greeting wait on purpose does so for less than the second.
constexpr std::chrono::seconds silence_that_lends{1};
constexpr std::chrono::seconds silence_that_refuses{30};
constexpr std::chrono::milliseconds interval{500};

}  // namespace

bool CoreQueue::is_half_full() const { return active_.size() > settings_.qmgr_message_active_limit / share_.count / 2; }

bool CoreQueue::is_crowded() const {
    return is_half_full() || std::any_of(loads_.begin(), loads_.end(), [](const auto& entry) { return entry.second.has_line(); });
}

// Called for each job: looks only while nobody does.
void CoreQueue::watch_silence() {
    if (watching_ || stopping_ || !is_crowded()) {
        return;
    }
    watching_ = true;
    tasks_.spawn(keep_watch());
}

world::Task<void> CoreQueue::keep_watch() {
    struct Watching {
        bool& flag;
        ~Watching() { flag = false; }
    };
    const Watching watching{watching_};
    while (is_crowded()) {
        co_await core_.clock.sleep_for(interval);
        relieve();
    }
}

void CoreQueue::relieve() {
    const auto now = core_.clock.now();
    std::vector<Destination*> silent;
    for (const auto& [key, destination] : destinations_) {
        if (destination->is_silent(now, silence_that_lends)) {
            silent.push_back(destination.get());
        }
    }
    for (Destination* const destination : silent) {
        destination->lend_slots();
        if (is_half_full() && destination->queued() > 0 && destination->is_silent(now, silence_that_refuses)) {
            destination->refuse_waiting();
        }
    }
}

}  // namespace posthouse::queue
