// Memory that runs out between a message and its deliveries: nothing is lost, nothing hangs, nothing is delivered twice.
#include "queue/scripted_queue_test.hpp"

namespace posthouse::queue {

using std::chrono::seconds;
using LostJobsTest = scripted::ScriptedQueue;
using Status = mail::RecipientState::Status;

TEST_F(LostJobsTest, what_was_posted_before_a_failure_is_waited_for_and_written_down) {
    // Calls of find: in turn for each group by start_jobs, then by enqueue of its job.
    for (const int fails_at : {1, 2, 3, 4, 5, 6}) {
        transports_.fails_at = 0;
        agent_->calls.clear();
        spool_.messages.clear();
        make();
        start();
        transports_.fails_at = fails_at;
        commit(10, {"a@one.example", "b@two.example", "c@three.example"});
        const std::size_t started = agent_->calls.size();
        EXPECT_LT(started, 3U) << fails_at;
        EXPECT_EQ(queue_->on_core(0).active_count(), started > 0 ? 1U : 0U) << fails_at;
        for (std::size_t call = 0; call < started; ++call) {
            answer(call, sent());
        }
        ASSERT_EQ(queue_->on_core(0).active_count(), 0U) << fails_at;
        ASSERT_TRUE(spool_.messages.contains(10)) << fails_at;
        EXPECT_EQ(spool_.messages.at(10).queue, mail::QueueName::deferred);
        advance(settings_.minimal_backoff_time + seconds(1));
        ASSERT_EQ(agent_->calls.size(), 3U) << fails_at;  // each recipient once
        for (std::size_t call = started; call < 3; ++call) {
            answer(call, sent());
        }
        EXPECT_TRUE(spool_.messages.empty()) << fails_at;
        TearDown();
    }
}

TEST_F(LostJobsTest, a_job_that_is_lost_on_the_way_to_another_core_is_tried_again) {
    make(4);
    start();
    transports_.fails_at = 2;  // the first is the message's core's, then each destination's own
    commit(8, {"a@one.example"});
    EXPECT_EQ(agent_->calls.size(), 0U);
    ASSERT_EQ(queue_->on_core(0).active_count(), 0U);
    advance(settings_.minimal_backoff_time + seconds(1));
    ASSERT_EQ(agent_->calls.size(), 1U);
    answer(0, sent());
    EXPECT_TRUE(spool_.messages.empty());
}

TEST_F(LostJobsTest, an_outcome_finds_its_way_back_when_there_is_memory_again) {
    make(4);
    start();
    std::uint64_t id = 8;
    for (; id < 8 + 4; ++id) {
        commit(id, {"a@one.example"});  // one destination, messages of all cores: three of them cross
    }
    ASSERT_EQ(agent_->calls.size(), 4U);
    for (std::size_t call = 0; call < 4; ++call) {
        cores_->line.failing = 5;
        agent_->calls.at(call).answer->set(sent());
        cores_->line.failing = 0;
        run();
    }
    advance(seconds(6));  // the one whose end could not be written at once
    EXPECT_TRUE(spool_.messages.empty());
    EXPECT_EQ(agent_->calls.size(), 4U);
}

}  // namespace posthouse::queue
