#pragma once
// Runs a task on one real core until it ends.
#include <gtest/gtest.h>

#include "net/asio_cores.hpp"
#include "world/task_group.hpp"

namespace posthouse::net {

class RealCoreTest : public testing::Test {
protected:
    world::Core& core() { return cores_->core(0); }
    void use(const ResolverOptions& options) { cores_ = make_cores(1, options); }
    /// Runs `task` (and whatever it spawns in `group`) to its end, at most 20 seconds.
    void run(world::Task<void> task) {
        core().executor.post([this, task = std::move(task)]() mutable { group_.spawn(supervise(std::move(task))); });
        cores_->run();
        ASSERT_TRUE(ended_);
    }
    world::Deadline soon() { return core().clock.deadline_in(std::chrono::seconds(10)); }
    world::TaskGroup& side() { return side_; }

private:
    world::Task<void> supervise(world::Task<void> task) {
        side_.spawn(give_up());
        co_await std::move(task);
        co_await side_.stop();
        ended_ = true;
        cores_->stop();
    }
    world::Task<void> give_up() {
        co_await core().clock.sleep_for(std::chrono::seconds(20));
        cores_->stop();
    }

    std::unique_ptr<RealCores> cores_ = make_cores(1);
    world::TaskGroup side_;
    world::TaskGroup group_;
    bool ended_ = false;
};

}  // namespace posthouse::net
