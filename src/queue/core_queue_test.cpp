#include "queue/core_queue.hpp"

#include "queue/scripted_queue_test.hpp"

namespace posthouse::queue {

using std::chrono::seconds;
using CoreQueueTest = scripted::ScriptedQueue;

TEST_F(CoreQueueTest, a_delivered_message_leaves_the_spool) {
    make();
    start();
    commit(10, {"a@one.example"});
    ASSERT_EQ(agent_->calls.size(), 1U);
    EXPECT_TRUE(spool_.messages.contains(10));
    answer(0, sent());
    EXPECT_TRUE(spool_.messages.empty());
    EXPECT_EQ(queue_->on_core(0).active_count(), 0U);
    EXPECT_TRUE(notifier_.told.empty());
}

TEST_F(CoreQueueTest, a_content_filter_takes_the_message_wherever_its_recipients_are) {
    make();
    start();
    mail::StoredMessage filtered = message(10, {"a@one.example", "b@two.example"});
    filtered.envelope.content_filter = "smtp:[127.0.0.1]:10025";
    queue_->committed(filtered, cores_->core(0));
    run();
    ASSERT_EQ(agent_->calls.size(), 1U);
    EXPECT_EQ(agent_->calls[0].transport, "smtp");
    EXPECT_EQ(agent_->calls[0].nexthop, "[127.0.0.1]:10025");
    mail::StoredMessage by_domain = message(20, {"a@one.example", "b@two.example"});
    by_domain.envelope.content_filter = "smtp:";
    queue_->committed(by_domain, cores_->core(0));
    run();
    ASSERT_EQ(agent_->calls.size(), 3U);
    EXPECT_EQ(agent_->calls[1].nexthop, "one.example");
}

TEST_F(CoreQueueTest, a_deferred_message_is_tried_again_when_it_is_due_and_not_before) {
    make();
    start();
    commit(10, {"a@one.example"});
    answer(0, later());
    ASSERT_EQ(spool_.messages.at(10).queue, mail::QueueName::deferred);
    advance(settings_.minimal_backoff_time - seconds(1));
    EXPECT_EQ(agent_->calls.size(), 1U);
    advance(seconds(2));
    ASSERT_EQ(agent_->calls.size(), 2U);
    answer(1, sent());
    EXPECT_TRUE(spool_.messages.empty());
}

TEST_F(CoreQueueTest, a_deferred_queue_that_cannot_be_read_is_asked_every_few_seconds_and_not_without_end) {
    make();
    start();
    commit(10, {"a@one.example"});
    answer(0, later());
    spool_.unreadable = true;
    advance(settings_.minimal_backoff_time);
    const std::size_t before = spool_.due_reads;
    for (int i = 0; i < 600; ++i) {
        advance(std::chrono::milliseconds(100));
    }
    EXPECT_GE(spool_.due_reads - before, 10U);
    EXPECT_LE(spool_.due_reads - before, 13U);
    spool_.unreadable = false;
    advance(seconds(6));
    EXPECT_EQ(agent_->calls.size(), 2U);
    answer(1, sent());
}

TEST_F(CoreQueueTest, mail_that_is_deferred_to_a_time_that_has_been_looked_at_is_not_forgotten) {
    settings_.minimal_backoff_time = seconds(0);
    make();
    start();
    for (const std::uint64_t id : {10U, 20U}) {
        commit(id, {"a@one.example"});
    }
    for (std::size_t call = 0; call < 6; ++call) {  // the clock stands still: always the same due time
        ASSERT_GT(agent_->calls.size(), call);
        answer(call, later());
    }
    ASSERT_EQ(agent_->calls.size(), 8U);
    answer(6, sent());
    answer(7, sent());
    EXPECT_TRUE(spool_.messages.empty());
}

TEST_F(CoreQueueTest, a_recipient_that_has_it_is_marked_while_others_are_under_way_and_not_tried_again) {
    make();
    start();
    commit(10, {"a@one.example", "b@two.example"});
    ASSERT_EQ(agent_->calls.size(), 2U);
    answer(0, sent());
    EXPECT_EQ(spool_.messages.at(10).recipients[0].status, mail::RecipientState::Status::delivered);
    answer(1, later());
    advance(settings_.minimal_backoff_time + seconds(1));
    ASSERT_EQ(agent_->calls.size(), 3U);
    EXPECT_EQ(agent_->calls[2].addresses, std::vector<std::string>{"b@two.example"});
}

TEST_F(CoreQueueTest, the_sender_hears_of_a_failure_before_the_message_is_removed) {
    make();
    start();
    commit(10, {"a@one.example"});
    answer(0, never());
    ASSERT_EQ(notifier_.told.size(), 1U);
    EXPECT_TRUE(spool_.messages.empty());
}

TEST_F(CoreQueueTest, soft_bounce_defers_what_would_go_back) {
    settings_.soft_bounce = true;
    make();
    start();
    commit(10, {"a@one.example"});
    answer(0, never());
    EXPECT_TRUE(notifier_.told.empty());
    ASSERT_EQ(spool_.messages.at(10).queue, mail::QueueName::deferred);
    EXPECT_EQ(spool_.messages.at(10).recipients[0].dsn_status, "4.1.1");
}

TEST_F(CoreQueueTest, a_message_whose_sender_could_not_be_told_stays) {
    make();
    start();
    notifier_.refuses = true;
    commit(10, {"a@one.example"});
    answer(0, never());
    ASSERT_TRUE(spool_.messages.contains(10));
    EXPECT_EQ(spool_.messages.at(10).recipients[0].status, mail::RecipientState::Status::pending);
    notifier_.refuses = false;
    advance(settings_.minimal_backoff_time + seconds(1));
    answer(1, never());
    EXPECT_EQ(notifier_.told.size(), 1U);
    EXPECT_TRUE(spool_.messages.empty());
}

TEST_F(CoreQueueTest, a_message_that_is_too_old_goes_back_to_its_sender) {
    settings_.maximal_queue_lifetime = seconds(100);
    make();
    start();
    commit(10, {"a@one.example"});
    answer(0, later());
    EXPECT_TRUE(notifier_.told.empty());
    advance(settings_.minimal_backoff_time + seconds(1));
    answer(1, later());
    ASSERT_EQ(notifier_.told.size(), 1U);
    EXPECT_EQ(notifier_.told[0].kind, mail::NotificationKind::failure);
    EXPECT_TRUE(spool_.messages.empty());
}

TEST_F(CoreQueueTest, a_late_message_is_warned_about_once) {
    settings_.delay_warning_time = seconds(10);
    make();
    start();
    commit(10, {"a@one.example"});
    answer(0, later());
    for (std::size_t i = 1; i < 4; ++i) {
        advance(std::chrono::hours(2));
        ASSERT_GT(agent_->calls.size(), i);
        answer(i, later());
    }
    ASSERT_EQ(notifier_.told.size(), 1U);
    EXPECT_EQ(notifier_.told[0].kind, mail::NotificationKind::delay);
}

TEST_F(CoreQueueTest, an_update_that_fails_is_written_again) {
    make();
    start();
    commit(10, {"a@one.example"});
    spool_.failing = 1;
    answer(0, sent());
    EXPECT_TRUE(spool_.messages.contains(10));
    advance(seconds(6));
    EXPECT_TRUE(spool_.messages.empty());
    EXPECT_EQ(agent_->calls.size(), 1U);
}

TEST_F(CoreQueueTest, mail_beyond_the_active_limit_waits_on_disk_and_comes_in_order_of_arrival) {
    settings_.qmgr_message_active_limit = 2;
    make();
    start();
    for (std::uint64_t id = 10; id < 15; ++id) {
        commit(id, {"a@d" + std::to_string(id) + ".example"});
    }
    ASSERT_EQ(agent_->calls.size(), 2U);
    for (std::size_t i = 0; i < 5; ++i) {
        ASSERT_GT(agent_->calls.size(), i);
        answer(i, sent());
        EXPECT_LE(queue_->on_core(0).active_count(), 2U);
    }
    EXPECT_TRUE(spool_.messages.empty());
    EXPECT_EQ(agent_->calls[4].id.value, 14U);
}

TEST_F(CoreQueueTest, without_room_the_disk_is_left_alone_until_a_message_ends) {
    settings_.qmgr_message_active_limit = 1;
    make();
    mail::StoredMessage due = message(5, {"late@two.example"});
    spool_.messages[5].queue = mail::QueueName::deferred;
    spool_.messages[5].next_attempt = cores_->clock.wall_now();
    message(4, {"early@one.example"});
    start();
    ASSERT_EQ(agent_->calls.size(), 1U);
    const std::size_t sleeps = cores_->clock.sleeps;
    for (int i = 0; i < 100; ++i) {
        advance(std::chrono::milliseconds(2));
    }
    EXPECT_EQ(cores_->clock.sleeps, sleeps);
    answer(0, sent());
    ASSERT_EQ(agent_->calls.size(), 2U);
    EXPECT_EQ(agent_->calls[1].id.value, 5U);
}

TEST_F(CoreQueueTest, mail_that_was_on_disk_at_the_start_is_delivered) {
    make();
    message(10, {"a@one.example"});
    start();
    ASSERT_EQ(agent_->calls.size(), 1U);
}

TEST_F(CoreQueueTest, mail_that_is_read_from_disk_before_its_commit_is_announced_is_delivered_once) {
    make();
    start();
    const mail::StoredMessage late = message(10, {"a@one.example"});  // durable, but the core has not heard of it
    ASSERT_TRUE(administer(10, CoreQueue::AdminAction::flush));
    ASSERT_EQ(agent_->calls.size(), 1U);
    queue_->committed(late, cores_->core(0));
    run();
    EXPECT_EQ(agent_->calls.size(), 1U);
    answer(0, sent());
    EXPECT_TRUE(spool_.messages.empty());
    EXPECT_EQ(queue_->on_core(0).active_count(), 0U);
}

TEST_F(CoreQueueTest, hold_and_remove_take_effect_when_the_delivery_under_way_has_ended) {
    using Action = CoreQueue::AdminAction;
    make();
    start();
    commit(10, {"a@one.example"});
    commit(11, {"a@two.example"});
    EXPECT_TRUE(administer(10, Action::hold));
    EXPECT_TRUE(administer(11, Action::remove));
    answer(0, later());
    answer(1, later());
    EXPECT_EQ(spool_.messages.at(10).queue, mail::QueueName::hold);
    EXPECT_FALSE(spool_.messages.contains(11));
    advance(std::chrono::hours(10));
    EXPECT_EQ(agent_->calls.size(), 2U);
    EXPECT_TRUE(administer(10, Action::release));
    advance(std::chrono::minutes(2));
    EXPECT_EQ(agent_->calls.size(), 3U);
}

TEST_F(CoreQueueTest, a_release_takes_a_hold_back_that_has_not_taken_effect) {
    using Action = CoreQueue::AdminAction;
    make();
    start();
    commit(10, {"a@one.example"});
    EXPECT_TRUE(administer(10, Action::hold));
    EXPECT_TRUE(administer(10, Action::release));
    answer(0, later());
    EXPECT_EQ(spool_.messages.at(10).queue, mail::QueueName::deferred);
}

TEST_F(CoreQueueTest, a_hold_while_the_attempt_is_being_recorded_is_not_lost) {
    make();
    start();
    commit(10, {"a@one.example"});
    agent_->calls[0].answer->set(later());  // the update is on its way to the disk
    EXPECT_TRUE(administer(10, CoreQueue::AdminAction::hold));
    EXPECT_EQ(spool_.messages.at(10).queue, mail::QueueName::hold);
}

TEST_F(CoreQueueTest, an_agent_or_a_router_with_a_defect_defers_mail) {
    world::set_unexpected_handler([](std::string_view) {});
    make();
    start();
    agent_->throws = true;
    commit(10, {"a@one.example"});
    EXPECT_EQ(spool_.messages.at(10).queue, mail::QueueName::deferred);
    agent_->throws = false;
    router_.fails = true;
    commit(11, {"a@one.example"});
    EXPECT_EQ(spool_.messages.at(11).queue, mail::QueueName::deferred);
    EXPECT_EQ(queue_->on_core(0).active_count(), 0U);
    world::set_unexpected_handler({});
}

TEST_F(CoreQueueTest, a_flush_that_could_not_be_written_is_not_remembered) {
    settings_.defer_transports = {"smtp"};
    make();
    start();
    commit(10, {"a@one.example"});
    ASSERT_EQ(spool_.messages.at(10).queue, mail::QueueName::deferred);
    spool_.failing = 1;
    EXPECT_FALSE(administer(10, CoreQueue::AdminAction::flush));
    advance(settings_.minimal_backoff_time + seconds(1));
    EXPECT_TRUE(agent_->calls.empty());
    EXPECT_TRUE(administer(10, CoreQueue::AdminAction::flush));
    EXPECT_EQ(agent_->calls.size(), 1U);
}

TEST_F(CoreQueueTest, who_asks_a_core_with_a_defect_hears_of_it) {
    std::vector<std::string> unexpected;
    world::set_unexpected_handler([&](std::string_view what) { unexpected.emplace_back(what); });
    make(2);
    start();
    spool_.throws = true;
    struct Ask {
        static world::Task<void> run(Queue& queue, world::Core& home, mail::QueueId id) {
            const auto done = co_await queue.hold(id, home);
            EXPECT_FALSE(done.has_value());
        }
    };
    for (const std::uint64_t id : {10U, 11U}) {
        stopping_.spawn(Ask::run(*queue_, cores_->core(0), {id}));
        run();
        EXPECT_EQ(stopping_.size(), 0U);
    }
    EXPECT_EQ(unexpected, (std::vector<std::string>{"spool", "spool"}));
    world::set_unexpected_handler({});
}

TEST_F(CoreQueueTest, what_waits_for_an_unreachable_destination_is_deferred_without_trying) {
    transports_.transport->settings.initial_destination_concurrency = 1;
    make();
    start();
    commit(10, {"a@one.example"});
    commit(11, {"a@one.example"});
    mail::Outcome unreachable = later();
    unreachable.connection_failed = true;
    answer(0, unreachable);
    EXPECT_EQ(agent_->calls.size(), 1U);
    EXPECT_EQ(spool_.messages.at(11).queue, mail::QueueName::deferred);
}

TEST_F(CoreQueueTest, a_delivery_that_ends_within_the_grace_of_a_stop_is_recorded) {
    for (const std::size_t cores : {1U, 2U, 3U}) {
        spool_.messages.clear();
        agent_->calls.clear();
        make(cores);
        start();
        for (std::uint64_t id = 10; id < 16; ++id) {
            commit(id, {"a@d" + std::to_string(id) + ".example"});
        }
        ASSERT_EQ(agent_->calls.size(), 6U);
        stop(seconds(5));
        for (std::size_t i = 0; i < 6; ++i) {
            answer(i, sent());
        }
        EXPECT_EQ(stopping_.size(), 0U);
        EXPECT_TRUE(spool_.messages.empty()) << spool_.messages.size() << " would be delivered again, cores: " << cores;
        queue_.reset();
    }
}

TEST_F(CoreQueueTest, a_delivery_that_outlasts_the_grace_is_cancelled_and_its_message_stays) {
    make(2);
    start();
    commit(10, {"a@one.example"});
    commit(11, {"a@two.example"});
    stop(seconds(5));
    EXPECT_EQ(agent_->running, 2U);
    advance(seconds(6));
    EXPECT_EQ(agent_->running, 0U);
    EXPECT_EQ(stopping_.size(), 0U);
    EXPECT_EQ(spool_.messages.size(), 2U);
    queue_.reset();
}

}  // namespace posthouse::queue
