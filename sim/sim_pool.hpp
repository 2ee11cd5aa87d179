#pragma once
// SimPool: a BlockingPool whose work runs at once, but later in virtual time, as if it had taken that long.
#include <deque>
#include <memory>

#include "sim/scheduler.hpp"
#include "world/cores.hpp"

namespace posthouse::sim {

struct PoolTiming {
    Duration low = std::chrono::microseconds(50);
    Duration high = std::chrono::milliseconds(5);
    unsigned slow_per_mille = 0;  // of pieces: take up to `slow`, as on a disk that is busy or about to die
    Duration slow = std::chrono::seconds(20);
};

class SimPool final : public world::BlockingPool {
public:
    /// With one thread work runs in the order of submission; with more, in any.
    SimPool(Scheduler& scheduler, std::size_t threads, PoolTiming timing = {});
    ~SimPool() override;
    void submit(world::Work work) override;
    void set_timing(PoolTiming timing) { timing_ = timing; }

private:
    struct State {
        std::deque<world::Work> in_order;
        SteadyTime busy_until;
    };
    Scheduler& scheduler_;
    std::size_t threads_;
    PoolTiming timing_;
    std::shared_ptr<State> state_;
};

}  // namespace posthouse::sim
