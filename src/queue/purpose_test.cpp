// Messages that only ask, or that are to be reported on.
#include "queue/core_queue.hpp"
#include "queue/scripted_queue_test.hpp"

namespace posthouse::queue {

using std::chrono::seconds;

class Purposes : public scripted::ScriptedQueue {
protected:
    using Purpose = mail::Envelope::Purpose;
    void commit_for(Purpose purpose, std::uint64_t id, std::vector<std::string> recipients) {
        spool_.messages.erase(id);
        mail::StoredMessage stored = message(id, std::move(recipients));
        stored.envelope.purpose = purpose;
        spool_.messages[id] = stored;
        queue_->committed(stored, cores_->core(0));
        run();
    }
};

TEST_F(Purposes, a_question_ends_in_one_report_whatever_the_answers_are) {
    settings_.soft_bounce = true;
    make();
    start();
    commit_for(Purpose::ask, 10, {"a@one.example", "b@two.example", "c@three.example"});
    ASSERT_EQ(agent_->calls.size(), 3U);
    EXPECT_EQ(agent_->questions, 3U);
    answer(0, sent());
    EXPECT_EQ(spool_.messages.at(10).recipients[0].status, mail::RecipientState::Status::pending);  // a crash now: all are asked again
    answer(1, never());
    EXPECT_TRUE(notifier_.told.empty());
    answer(2, later());
    ASSERT_EQ(notifier_.told.size(), 1U);
    EXPECT_EQ(notifier_.told[0].kind, mail::NotificationKind::report);
    EXPECT_EQ(notifier_.told[0].recipients.size(), 3U);
    EXPECT_TRUE(spool_.messages.empty());
}

TEST_F(Purposes, a_question_is_asked_again_only_if_its_report_could_not_be_written) {
    make();
    start();
    notifier_.refuses = true;
    commit_for(Purpose::ask, 10, {"a@one.example"});
    answer(0, never());
    ASSERT_EQ(spool_.messages.at(10).queue, mail::QueueName::deferred);
    notifier_.refuses = false;
    advance(settings_.maximal_queue_lifetime + seconds(1));
    answer(1, sent());
    ASSERT_EQ(notifier_.told.size(), 1U);
    EXPECT_EQ(notifier_.told[0].kind, mail::NotificationKind::report);
    EXPECT_TRUE(spool_.messages.empty());
}

TEST_F(Purposes, a_question_does_not_go_to_the_content_filter) {
    make();
    start();
    mail::StoredMessage stored = message(10, {"a@one.example"});
    stored.envelope.purpose = Purpose::ask;
    stored.envelope.content_filter = "smtp:[127.0.0.1]:10025";
    queue_->committed(stored, cores_->core(0));
    run();
    ASSERT_EQ(agent_->calls.size(), 1U);
    EXPECT_EQ(agent_->calls[0].nexthop, "one.example");
    answer(0, sent());
}

TEST_F(Purposes, mail_with_a_report_is_delivered_and_reported_on_once) {
    make();
    start();
    commit_for(Purpose::deliver_and_report, 10, {"a@one.example", "b@two.example"});
    EXPECT_EQ(agent_->questions, 0U);
    answer(0, sent());
    answer(1, later());
    ASSERT_EQ(notifier_.told.size(), 1U);
    EXPECT_EQ(notifier_.told[0].kind, mail::NotificationKind::report);
    EXPECT_EQ(notifier_.told[0].recipients.size(), 2U);
    advance(settings_.minimal_backoff_time + seconds(1));
    answer(2, never());
    ASSERT_EQ(notifier_.told.size(), 2U);
    EXPECT_EQ(notifier_.told[1].kind, mail::NotificationKind::failure);
    EXPECT_TRUE(spool_.messages.empty());
}

TEST_F(Purposes, a_sender_who_was_warned_of_the_delay_hears_of_its_end_if_so_configured) {
    settings_.delay_warning_time = seconds(60);
    settings_.confirm_delay_cleared = true;
    make();
    start();
    commit(10, {"a@one.example"});
    answer(0, later());
    advance(settings_.minimal_backoff_time + seconds(1));
    answer(1, later());
    ASSERT_EQ(notifier_.told.size(), 1U);
    EXPECT_EQ(notifier_.told[0].kind, mail::NotificationKind::delay);
    advance(settings_.maximal_backoff_time + seconds(1));
    answer(2, sent());
    ASSERT_EQ(notifier_.told.size(), 2U);
    EXPECT_EQ(notifier_.told[1].kind, mail::NotificationKind::delay_cleared);
    commit(20, {"a@one.example"});
    answer(3, sent());
    EXPECT_EQ(notifier_.told.size(), 2U);
}

}  // namespace posthouse::queue
