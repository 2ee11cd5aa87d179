#include "queue/pace.hpp"

#include <algorithm>

#include "queue/destination.hpp"

namespace posthouse::queue {

// Asks for a turn of the loop, behind all that is ready: how late will it come?
void Pace::look() {
    if (!resting_.empty() && !std::exchange(keeps_looking_, true)) {
        tasks_.spawn(keep_looking());
    }
    if (looking_) {
        return;
    }
    try {
        core_.executor.post([this, life = std::weak_ptr(life_), asked = core_.clock.now()] {
            if (life.lock() != nullptr) {
                looking_ = false;
                judge(core_.clock.now() - asked);
            }
        });
        looking_ = true;
    } catch (const std::bad_alloc&) {
        return;  // whoever rests makes us look again
    }
}

void Pace::judge(world::Duration lateness) {
    if (lateness > lateness_max) {
        allowed_ = std::max(allowed_min, std::min(allowed_, running_) * 3 / 4);
    } else if (running_ >= allowed_) {
        allowed_ += 1 + allowed_ / 8;
    }
    while (has_resting() && has_room()) {
        Destination& next = *resting_.front();
        resting_.pop_front();
        next.go_on();
    }
}

// Deliveries that take long must not hold up others for want of an end: with time to spare the pace widens without one.
world::Task<void> Pace::keep_looking() {
    while (!resting_.empty()) {
        co_await core_.clock.sleep_for(looks_each);
        look();
    }
    keeps_looking_ = false;
}

world::Task<void> Pace::stop() {
    resting_.clear();
    co_await tasks_.stop();
}

}  // namespace posthouse::queue
