#pragma once
// SimClock: virtual time as a world::Clock.
#include "sim/wait_point.hpp"
#include "world/clock.hpp"

namespace posthouse::sim {

class SimClock final : public world::Clock {
public:
    explicit SimClock(Scheduler& scheduler) : scheduler_(scheduler) {}
    [[nodiscard]] SteadyTime now() const override { return scheduler_.now(); }
    [[nodiscard]] WallTime wall_now() const override { return scheduler_.wall_now(); }
    world::Task<void> sleep_until(SteadyTime time) override {
        WaitPoint nobody(scheduler_);
        co_await nobody.wait(Deadline::at(time));
    }

private:
    Scheduler& scheduler_;
};

}  // namespace posthouse::sim
