// What an administrator does to mail that is active: durable when he is answered, and nothing undoes it.
#include "queue/core_queue.hpp"
#include "queue/scripted_queue_test.hpp"

namespace posthouse::queue {

using Action = CoreQueue::AdminAction;
using Status = mail::RecipientState::Status;
using std::chrono::seconds;

class AdministerTest : public scripted::ScriptedQueue {
protected:
    void slow_destinations() { transports_.transport->settings.initial_destination_concurrency = 1; }
    /// Ten recipients of one domain, each a delivery of its own; the first one is under way.
    void commit_ten(std::size_t cores = 1) {
        slow_destinations();
        transports_.transport->settings.destination_recipient_limit = 2;
        make(cores);
        start();
        std::vector<std::string> recipients;
        for (char name = 'a'; name < 'k'; ++name) {
            recipients.push_back(std::string(1, name) + "@one.example");
        }
        mail::StoredMessage stored = message(10, std::move(recipients));
        stored.envelope.recipients[0].notify.success = true;
        spool_.messages[10] = stored;
        queue_->committed(std::move(stored), cores_->core(10 % cores));
        run();
        ASSERT_EQ(agent_->calls.size(), 1U);
    }
    void die_and_start_again() {
        spool_.failing = ~std::size_t{0};
        stop(seconds(0));
        spool_.failing = 0;
        agent_->calls.clear();
        make();
        start();
    }
    mail::QueueName queue_of(std::uint64_t id) const { return spool_.messages.at(id).queue; }
};

TEST_F(AdministerTest, removed_mail_is_gone_at_once_and_what_waited_is_not_started) {
    for (const std::size_t cores : {1U, 2U, 3U}) {
        agent_->calls.clear();
        commit_ten(cores);
        EXPECT_TRUE(administer(10, Action::remove));
        EXPECT_FALSE(spool_.messages.contains(10));
        answer(0, sent());
        EXPECT_EQ(agent_->calls.size(), 1U) << cores;
        EXPECT_EQ(queue_->on_core(10 % cores).active_count(), 0U);
        EXPECT_TRUE(notifier_.told.empty());
        EXPECT_TRUE(events_.remarks.empty());
        EXPECT_FALSE(administer(10, Action::remove));
        stop(seconds(0));
    }
}

TEST_F(AdministerTest, nobody_hears_of_removed_mail_whatever_becomes_of_the_delivery_under_way) {
    settings_.delay_warning_time = seconds(10);
    mail::Outcome relayed = sent();
    relayed.action = "relayed";
    for (const auto& outcome : {never(), later(), relayed}) {
        agent_->calls.clear();
        commit_ten();
        cores_->clock.advance(settings_.maximal_queue_lifetime + seconds(20));
        EXPECT_TRUE(administer(10, Action::remove));
        answer(0, outcome);
        EXPECT_TRUE(notifier_.told.empty());
        EXPECT_TRUE(events_.remarks.empty());
        EXPECT_EQ(queue_->on_core(0).active_count(), 0U);
        stop(seconds(0));
    }
}

TEST_F(AdministerTest, a_removal_that_cannot_be_written_is_said_and_the_mail_is_tried_again) {
    commit_ten();
    spool_.failing = 1;
    EXPECT_FALSE(administer(10, Action::remove));
    answer(0, sent());
    ASSERT_EQ(queue_of(10), mail::QueueName::deferred);
    EXPECT_EQ(spool_.messages.at(10).recipients[0].status, Status::delivered);
    advance(settings_.minimal_backoff_time + seconds(1));
    ASSERT_GT(agent_->calls.size(), 1U);
    EXPECT_EQ(agent_->calls[1].addresses.front(), "c@one.example");
}

TEST_F(AdministerTest, of_held_mail_the_delivery_under_way_is_recorded_and_the_rest_stays) {
    commit_ten(2);
    EXPECT_TRUE(administer(10, Action::hold));
    EXPECT_EQ(queue_of(10), mail::QueueName::hold);
    EXPECT_FALSE(administer(10, Action::hold));
    EXPECT_FALSE(administer(10, Action::flush));
    answer(0, sent());
    advance(std::chrono::hours(10));
    EXPECT_EQ(agent_->calls.size(), 1U);
    ASSERT_EQ(queue_of(10), mail::QueueName::hold);
    EXPECT_EQ(spool_.messages.at(10).recipients[1].status, Status::delivered);
    EXPECT_EQ(spool_.messages.at(10).recipients[2].status, Status::pending);
    EXPECT_EQ(spool_.messages.at(10).recipients[2].tries, 0U);
    EXPECT_TRUE(administer(10, Action::release));
    advance(std::chrono::minutes(2));
    ASSERT_GT(agent_->calls.size(), 1U);
    EXPECT_EQ(agent_->calls[1].addresses.front(), "c@one.example");
    EXPECT_TRUE(events_.remarks.empty());
}

TEST_F(AdministerTest, held_mail_is_not_given_up_and_its_sender_hears_only_of_refusals) {
    settings_.delay_warning_time = seconds(10);
    make();
    start();
    commit(10, {"a@one.example", "b@two.example"});
    cores_->clock.advance(settings_.maximal_queue_lifetime + seconds(20));
    EXPECT_TRUE(administer(10, Action::hold));
    answer(0, later());
    answer(1, never());
    ASSERT_EQ(notifier_.told.size(), 1U);
    EXPECT_EQ(notifier_.told[0].kind, mail::NotificationKind::failure);
    EXPECT_EQ(notifier_.told[0].recipients, std::vector<std::string>{"b@two.example"});
    ASSERT_EQ(queue_of(10), mail::QueueName::hold);
    EXPECT_EQ(spool_.messages.at(10).recipients[0].status, Status::pending);
}

TEST_F(AdministerTest, what_was_said_to_be_held_is_held_after_a_crash) {
    commit_ten();
    EXPECT_TRUE(administer(10, Action::hold));
    die_and_start_again();
    advance(std::chrono::hours(10));
    EXPECT_TRUE(agent_->calls.empty());
    EXPECT_EQ(queue_of(10), mail::QueueName::hold);
}

TEST_F(AdministerTest, an_update_that_failed_before_the_hold_does_not_undo_it_when_it_is_written_again) {
    make();
    start();
    commit(10, {"a@one.example"});
    spool_.failing = 1;
    answer(0, later());  // is to be deferred, which is tried again in a while
    EXPECT_TRUE(administer(10, Action::hold));
    const std::size_t updates_before = spool_.updates.size();
    advance(seconds(6));
    ASSERT_GT(spool_.updates.size(), updates_before);
    for (std::size_t i = updates_before; i < spool_.updates.size(); ++i) {
        EXPECT_EQ(spool_.updates[i].next, mail::SpoolUpdate::Next::hold);
    }
    EXPECT_EQ(queue_->on_core(0).active_count(), 0U);
}

TEST_F(AdministerTest, a_release_of_mail_with_a_delivery_under_way_is_durable) {
    commit_ten();
    EXPECT_TRUE(administer(10, Action::hold));
    EXPECT_TRUE(administer(10, Action::release));
    EXPECT_EQ(queue_of(10), mail::QueueName::deferred);
    answer(0, later());
    EXPECT_EQ(queue_of(10), mail::QueueName::deferred);
    EXPECT_TRUE(events_.remarks.empty());
}

TEST_F(AdministerTest, held_mail_whose_release_cannot_be_written_stays_held) {
    commit_ten();
    EXPECT_TRUE(administer(10, Action::hold));
    spool_.failing = 1;
    EXPECT_FALSE(administer(10, Action::release));
    answer(0, later());
    EXPECT_EQ(queue_of(10), mail::QueueName::hold);
}

TEST_F(AdministerTest, active_mail_that_expires_does_so_after_a_crash_too) {
    make();
    start();
    commit(10, {"a@one.example"});
    EXPECT_TRUE(administer(10, Action::expire));
    EXPECT_TRUE(spool_.messages.at(10).force_expire);
    die_and_start_again();
    ASSERT_EQ(agent_->calls.size(), 1U);
    answer(0, later());
    ASSERT_EQ(notifier_.told.size(), 1U);
    EXPECT_EQ(notifier_.told[0].kind, mail::NotificationKind::failure);
    EXPECT_TRUE(spool_.messages.empty());
}

TEST_F(AdministerTest, an_expiry_that_cannot_be_written_is_said_and_does_not_happen) {
    make();
    start();
    commit(10, {"a@one.example"});
    spool_.failing = 1;
    EXPECT_FALSE(administer(10, Action::expire));
    answer(0, later());
    EXPECT_EQ(queue_of(10), mail::QueueName::deferred);
}

TEST_F(AdministerTest, other_mail_for_the_destination_goes_on) {
    commit_ten();
    commit(11, {"z@one.example"});
    EXPECT_TRUE(administer(10, Action::remove));
    answer(0, sent());
    ASSERT_EQ(agent_->calls.size(), 2U);
    EXPECT_EQ(agent_->calls[1].id.value, 11U);
    answer(1, sent());
    EXPECT_TRUE(spool_.messages.empty());
}

}  // namespace posthouse::queue
