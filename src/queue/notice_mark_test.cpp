// A notice and the mark of it are one commit: whoever dies right behind it tells nobody twice.
#include "queue/core_queue.hpp"
#include "queue/scripted_queue_test.hpp"

namespace posthouse::queue {

using Kind = mail::NotificationKind;
using Status = mail::RecipientState::Status;
using std::chrono::seconds;

class NoticeMarkTest : public scripted::ScriptedQueue {
protected:
    /// From now on nothing is written but notices, with what is committed along with them.
    void stop_writing() { spool_.failing = ~std::size_t{0}; }
    void die_and_start_again() {
        stop(seconds(0));
        agent_->calls.clear();
        spool_.failing = 0;
        make();
        start();
    }
    std::size_t told_of(Kind kind) const {
        return static_cast<std::size_t>(std::ranges::count(notifier_.told, kind, &scripted::RecordingNotifier::Told::kind));
    }
    Status status(std::size_t recipient) const { return spool_.messages.at(10).recipients.at(recipient).status; }
};

TEST_F(NoticeMarkTest, a_bounce_is_not_made_again_after_a_crash_behind_it) {
    make();
    start();
    commit(10, {"a@one.example", "b@two.example"});
    stop_writing();
    answer(0, never());
    answer(1, later());
    ASSERT_EQ(told_of(Kind::failure), 1U);
    EXPECT_EQ(status(0), Status::bounced);
    EXPECT_EQ(spool_.messages.at(10).recipients[0].reason, "550 no");
    EXPECT_EQ(status(1), Status::pending);
    die_and_start_again();
    ASSERT_EQ(agent_->calls.size(), 1U);
    EXPECT_EQ(agent_->calls[0].nexthop, "two.example");
    answer(0, sent());
    EXPECT_EQ(notifier_.told.size(), 1U);
    EXPECT_TRUE(spool_.messages.empty());
}

TEST_F(NoticeMarkTest, a_message_of_which_all_was_told_is_removed_after_a_crash_without_another_attempt) {
    make();
    start();
    commit(10, {"a@one.example"});
    stop_writing();
    answer(0, never());
    ASSERT_EQ(spool_.messages.size(), 1U);
    die_and_start_again();
    EXPECT_TRUE(agent_->calls.empty());
    EXPECT_TRUE(spool_.messages.empty());
    EXPECT_EQ(notifier_.told.size(), 1U);
}

TEST_F(NoticeMarkTest, each_bounce_of_mail_with_variable_return_paths_marks_its_own_recipient) {
    make();
    start();
    notifier_.one_by_one = true;
    notifier_.room_for = 1;
    commit(10, {"a@one.example", "b@two.example"});
    stop_writing();
    answer(0, never());
    answer(1, never());
    ASSERT_EQ(notifier_.told.size(), 1U);
    ASSERT_EQ(notifier_.told[0].mark->recipients.size(), 1U);
    EXPECT_EQ(status(0), Status::bounced);
    EXPECT_EQ(status(1), Status::pending);
    notifier_.room_for = 9;
    die_and_start_again();
    ASSERT_EQ(agent_->calls.size(), 1U);
    answer(0, never());
    ASSERT_EQ(notifier_.told.size(), 2U);
    EXPECT_EQ(notifier_.told[1].recipients, std::vector<std::string>{"b@two.example"});
}

TEST_F(NoticeMarkTest, who_has_the_message_is_written_down_with_the_notice_of_a_delay) {
    settings_.delay_warning_time = seconds(10);
    make();
    start();
    commit(10, {"a@one.example", "b@two.example"});
    cores_->clock.advance(seconds(20));
    stop_writing();
    answer(0, sent());
    answer(1, later());
    ASSERT_EQ(told_of(Kind::delay), 1U);
    EXPECT_EQ(status(0), Status::delivered);
    EXPECT_EQ(status(1), Status::pending);
}

TEST_F(NoticeMarkTest, who_has_the_message_is_written_down_with_the_notice_of_a_failure) {
    make();
    start();
    commit(10, {"a@one.example", "b@two.example"});
    stop_writing();
    answer(0, sent());
    answer(1, never());
    ASSERT_EQ(told_of(Kind::failure), 1U);
    EXPECT_EQ(status(0), Status::delivered);
    EXPECT_EQ(status(1), Status::bounced);
}

TEST_F(NoticeMarkTest, a_delay_is_told_once_even_if_its_message_was_not_put_off) {
    settings_.delay_warning_time = seconds(10);
    make();
    start();
    commit(10, {"a@one.example"});
    cores_->clock.advance(seconds(20));
    stop_writing();
    answer(0, later());
    ASSERT_EQ(told_of(Kind::delay), 1U);
    EXPECT_TRUE(spool_.messages.at(10).delay_warned);
    die_and_start_again();
    ASSERT_EQ(agent_->calls.size(), 1U);
    answer(0, later());
    EXPECT_EQ(told_of(Kind::delay), 1U);
    EXPECT_EQ(spool_.messages.at(10).queue, mail::QueueName::deferred);
}

TEST_F(NoticeMarkTest, a_success_is_told_once_and_its_recipient_gets_the_message_once) {
    for (const bool is_last : {false, true}) {
        notifier_.told.clear();
        spool_.messages.clear();
        agent_->calls.clear();
        make();
        start();
        mail::StoredMessage stored = message(10, {"a@one.example", "b@two.example"});
        stored.envelope.recipients[0].notify.success = true;
        spool_.messages[10] = stored;
        queue_->committed(stored, cores_->core(0));
        run();
        stop_writing();
        mail::Outcome relayed = sent();
        relayed.action = "relayed";
        if (is_last) {
            answer(1, later());
        }
        answer(0, relayed);
        ASSERT_EQ(told_of(Kind::success), 1U) << is_last;
        EXPECT_EQ(status(0), Status::delivered);
        die_and_start_again();
        ASSERT_EQ(agent_->calls.size(), 1U);
        EXPECT_EQ(agent_->calls[0].nexthop, "two.example");
        answer(0, sent());
        EXPECT_EQ(notifier_.told.size(), 1U);
        stop(seconds(0));
    }
}

TEST_F(NoticeMarkTest, a_report_is_written_once_and_an_answer_is_final_with_it) {
    using Purpose = mail::Envelope::Purpose;
    for (const Purpose purpose : {Purpose::ask, Purpose::deliver_and_report}) {
        notifier_.told.clear();
        spool_.messages.clear();
        agent_->calls.clear();
        make();
        start();
        mail::StoredMessage stored = message(10, {"a@one.example"});
        stored.envelope.purpose = purpose;
        spool_.messages[10] = stored;
        queue_->committed(stored, cores_->core(0));
        run();
        stop_writing();
        answer(0, later());
        ASSERT_EQ(told_of(Kind::report), 1U);
        die_and_start_again();
        EXPECT_EQ(agent_->calls.size(), purpose == Purpose::ask ? 0U : 1U);
        if (purpose == Purpose::deliver_and_report) {
            answer(0, never());
            EXPECT_EQ(told_of(Kind::failure), 1U);
        }
        EXPECT_EQ(told_of(Kind::report), 1U);
        EXPECT_TRUE(spool_.messages.empty());
        stop(seconds(0));
    }
}

TEST_F(NoticeMarkTest, who_was_delivered_to_stays_so_when_a_report_is_written) {
    for (const bool asked : {false, true}) {
        notifier_.told.clear();
        spool_.messages.clear();
        agent_->calls.clear();
        make();
        start();
        mail::StoredMessage stored = message(10, {"a@one.example", "b@two.example", "c@zone.example"});
        stored.envelope.purpose = mail::Envelope::Purpose::deliver_and_report;
        stored.envelope.recipients[2].notify.success = asked;
        spool_.messages[10] = stored;
        queue_->committed(stored, cores_->core(0));
        run();
        mail::Outcome relayed = sent();
        relayed.action = "relayed";
        answer(0, sent());  // marked while the others are under way
        answer(1, later());
        stop_writing();
        answer(2, relayed);
        ASSERT_EQ(told_of(Kind::report), 1U);
        EXPECT_EQ(told_of(Kind::success), asked ? 1U : 0U);
        EXPECT_EQ(status(0), Status::delivered);
        EXPECT_EQ(status(1), Status::pending);
        EXPECT_EQ(status(2), Status::delivered);
        die_and_start_again();
        ASSERT_EQ(agent_->calls.size(), 1U);
        EXPECT_EQ(agent_->calls[0].nexthop, "two.example");
        answer(0, sent());
        EXPECT_TRUE(spool_.messages.empty());
        stop(seconds(0));
    }
}

}  // namespace posthouse::queue
