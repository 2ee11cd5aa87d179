#pragma once
// BlockingSteps: steps of logins that a library makes in its own time (it may wait for another program), on the pool's threads. Cores only
// wait, and not longer than their deadline. One for the whole process, callable on every core.
#include <memory>

#include "sasl/password_backend.hpp"
#include "world/cores.hpp"

namespace posthouse::sasl {

struct StepLimits {
    std::size_t threads = 8;     // ours: saslauthd has 5 processes by default; the pool has other work, too
    std::size_t waiting = 1000;  // ours
};

class BlockingSteps {
public:
    explicit BlockingSteps(world::BlockingPool& pool, StepLimits limits = {});
    /// The result of `work`, or a temporary failure if it does not come in time or too many wait. Work that nobody waits for any more is
    /// not begun; what was begun goes on, so `work` owns what it uses.
    [[nodiscard]] world::Task<Step> ask(std::move_only_function<Step()> work, world::Executor& home, world::Clock& clock, world::Deadline deadline);

private:
    struct Cell;
    struct Job;
    struct Shared;
    static void serve(const std::shared_ptr<Shared>& shared);
    static world::Task<Step> wait_for(std::shared_ptr<Cell> cell);

    world::BlockingPool& pool_;
    StepLimits limits_;
    std::shared_ptr<Shared> shared_;
};

}  // namespace posthouse::sasl
