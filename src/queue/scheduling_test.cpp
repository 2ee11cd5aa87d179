// How many deliveries run at once, and when.
#include <set>

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

TEST_F(SchedulingTest, the_process_limit_of_a_transport_holds_for_all_cores_together_and_each_gets_its_turn) {
    transports_.transport->settings.process_limit = 2;
    make(3);
    start();
    std::set<std::size_t> homes;
    for (std::uint64_t id = 10; id < 40; ++id) {
        const std::string domain = "d" + std::to_string(id % 6) + ".example";
        homes.insert(queue_->home_of_destination(std::string("smtp") + '\0' + domain));
        commit(id, {"a@" + domain});
    }
    ASSERT_GT(homes.size(), 1U) << "the domains of this test are at home on one core";
    std::set<std::string> early;
    for (std::size_t i = 0; i < 30; ++i) {
        EXPECT_LE(agent_->running, 2U);
        ASSERT_GT(agent_->calls.size(), i) << "mail waits for a slot that nobody uses";
        if (i < 14) {
            early.insert(agent_->calls[i].nexthop);
        }
        answer(i, sent());
    }
    EXPECT_EQ(early.size(), 6U) << "a destination waited while others were served again and again";
    EXPECT_TRUE(spool_.messages.empty());
}

TEST_F(SchedulingTest, a_rate_delay_is_a_pause_after_each_delivery_to_a_destination) {
    transports_.transport->settings.destination_rate_delay = seconds(60);
    make();
    start();
    commit(10, {"a@one.example"});
    commit(11, {"a@one.example"});
    commit(12, {"a@two.example"});
    ASSERT_EQ(agent_->calls.size(), 2U);  // one to each: destinations do not wait for each other
    answer(0, sent());
    advance(seconds(59));
    EXPECT_EQ(agent_->calls.size(), 2U);
    advance(seconds(1));
    ASSERT_EQ(agent_->calls.size(), 3U);
    EXPECT_EQ(agent_->calls[2].id.value, 11U);
}

TEST_F(SchedulingTest, a_transport_rate_delay_is_a_pause_after_each_delivery_of_the_transport) {
    transports_.transport->settings.transport_rate_delay = seconds(60);
    make(2);
    start();
    for (std::uint64_t id = 10; id < 13; ++id) {
        commit(id, {"a@d" + std::to_string(id) + ".example"});
    }
    for (std::size_t i = 0; i < 3; ++i) {
        ASSERT_EQ(agent_->calls.size(), i + 1);
        answer(i, sent());
        advance(seconds(59));
        EXPECT_EQ(agent_->calls.size(), i + 1);
        advance(seconds(1));
    }
}

TEST_F(SchedulingTest, a_pause_does_not_hold_up_a_stop) {
    transports_.transport->settings.destination_rate_delay = seconds(3600);
    transports_.transport->settings.transport_rate_delay = seconds(3600);
    make();
    start();
    commit(10, {"a@one.example"});
    answer(0, sent());
    stop(seconds(0));
}

TEST_F(SchedulingTest, a_limit_of_one_recipient_makes_each_recipient_a_destination) {
    transports_.transport->settings.destination_recipient_limit = 1;
    transports_.transport->settings.initial_destination_concurrency = 1;
    transports_.transport->settings.destination_concurrency_limit = 1;
    make();
    start();
    commit(10, {"a@one.example", "b@one.example"});
    commit(11, {"A@one.example"});
    ASSERT_EQ(agent_->calls.size(), 2U);
    answer(0, unreachable());  // concerns a alone
    EXPECT_EQ(spool_.messages.at(11).queue, mail::QueueName::deferred);
    answer(1, sent());
    EXPECT_EQ(spool_.messages.at(10).recipients[1].status, mail::RecipientState::Status::delivered);
}

TEST_F(SchedulingTest, without_a_cohort_limit_a_destination_is_never_given_up) {
    transports_.transport->settings.initial_destination_concurrency = 1;
    transports_.transport->settings.destination_concurrency_failed_cohort_limit = 0;
    make();
    start();
    for (std::uint64_t id = 10; id < 15; ++id) {
        commit(id, {"a@one.example"});
    }
    for (std::size_t i = 0; i < 5; ++i) {
        ASSERT_EQ(agent_->calls.size(), i + 1);
        answer(i, unreachable());
    }
}

TEST_F(SchedulingTest, mail_for_a_deferred_transport_waits_until_it_is_flushed) {
    settings_.defer_transports = {"smtp"};
    make();
    start();
    commit(10, {"a@one.example"});
    EXPECT_TRUE(agent_->calls.empty());
    EXPECT_EQ(spool_.messages.at(10).recipients[0].reason, "deferred transport");
    advance(settings_.minimal_backoff_time + seconds(1));
    EXPECT_TRUE(agent_->calls.empty());
    EXPECT_TRUE(administer(10, CoreQueue::AdminAction::flush));
    EXPECT_EQ(agent_->calls.size(), 1U);
}

TEST_F(SchedulingTest, destinations_share_the_process_limit_in_turn) {
    transports_.transport->settings.process_limit = 1;
    make();
    start();
    for (std::uint64_t id = 10; id < 14; ++id) {
        commit(id, {"a@busy.example"});
    }
    commit(14, {"a@quiet.example"});
    ASSERT_EQ(agent_->calls.size(), 1U);
    for (std::size_t i = 0; i < 5; ++i) {
        ASSERT_EQ(agent_->running, 1U);
        answer(i, sent());
    }
    const bool early = agent_->calls[1].nexthop == "quiet.example" || agent_->calls[2].nexthop == "quiet.example";
    EXPECT_TRUE(early) << "the busy destination kept the only slot";
    EXPECT_TRUE(spool_.messages.empty());
}

}  // namespace posthouse::queue
