// How many deliveries run at once, and when.
#include "queue/scripted_queue_test.hpp"

namespace posthouse::queue {

using std::chrono::seconds;
using SchedulingTest = scripted::ScriptedQueue;

TEST_F(SchedulingTest, a_reload_changes_the_concurrency_limits_of_a_destination_that_has_mail) {
    transports_.transport->settings.initial_destination_concurrency = 4;
    make(2);
    start();
    for (std::uint64_t id = 10; id < 20; ++id) {
        commit(id, {"a@one.example"});
    }
    ASSERT_EQ(agent_->running, 4U);
    reload({.initial_destination_concurrency = 2, .destination_concurrency_limit = 2});
    for (std::size_t i = 0; i < 4; ++i) {
        answer(i, sent());
    }
    EXPECT_EQ(agent_->running, 2U);
    reload({.initial_destination_concurrency = 2, .destination_concurrency_limit = 3});
    answer(4, sent());
    EXPECT_EQ(agent_->running, 3U);
}

TEST_F(SchedulingTest, a_reload_that_allows_more_processes_starts_what_waits_for_one) {
    transports_.transport->settings.process_limit = 1;
    make();
    start();
    commit(10, {"a@one.example"});
    commit(11, {"a@two.example"});
    commit(12, {"a@two.example"});
    ASSERT_EQ(agent_->running, 1U);
    reload({.process_limit = 3});
    EXPECT_EQ(agent_->running, 3U);
}

}  // namespace posthouse::queue
