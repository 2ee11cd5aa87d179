#include <set>

#include "queue/core_queue.hpp"
#include "queue/scripted_queue_test.hpp"

namespace posthouse::queue {

using std::chrono::seconds;
using SuccessNoticeTest = scripted::ScriptedQueue;

// What is marked is not looked at again: whoever stops us after the mark takes the report with him.
TEST_F(SuccessNoticeTest, a_delivery_that_is_marked_while_others_are_under_way_is_reported_first_and_once) {
    make();
    start();
    mail::StoredMessage stored = message(10, {"a@one.example", "b@two.example"});
    stored.envelope.recipients[0].notify.success = true;
    queue_->committed(stored, cores_->core(0));
    run();
    ASSERT_EQ(agent_->calls.size(), 2U);
    mail::Outcome relayed = sent();
    relayed.action = "relayed";
    answer(0, relayed);
    ASSERT_EQ(notifier_.told.size(), 1U);
    EXPECT_EQ(notifier_.told[0].kind, mail::NotificationKind::success);
    EXPECT_EQ(notifier_.told[0].recipients, std::vector<std::string>{"a@one.example"});
    answer(1, relayed);
    EXPECT_EQ(notifier_.told.size(), 1U);
    EXPECT_TRUE(spool_.messages.empty());
    EXPECT_EQ(queue_->on_core(0).active_count(), 0U);
}

// With a search among all recipients for each delivery this would take minutes.
TEST_F(SuccessNoticeTest, each_of_very_many_deliveries_is_reported_once) {
    constexpr std::size_t count = 10'000;
    transports_.transport->settings.destination_recipient_limit = 1;
    transports_.transport->settings.process_limit = 0;
    make();
    start();
    std::vector<std::string> addresses;
    for (std::size_t i = 0; i < count; ++i) {
        addresses.push_back("r" + std::to_string(i) + "@one.example");
    }
    mail::StoredMessage stored = message(10, std::move(addresses));
    for (mail::Recipient& recipient : stored.envelope.recipients) {
        recipient.notify.success = true;
    }
    queue_->committed(stored, cores_->core(0));
    run();
    for (std::size_t call = 0; call < agent_->calls.size(); ++call) {
        answer(call, sent());
    }
    ASSERT_EQ(agent_->calls.size(), count);
    std::set<std::string> told;
    for (const auto& notice : notifier_.told) {
        for (const std::string& recipient : notice.recipients) {
            EXPECT_TRUE(told.insert(recipient).second) << recipient;
        }
    }
    EXPECT_EQ(told.size(), count);
    EXPECT_TRUE(spool_.messages.empty());
}

// The first update that throws is the mark of the first delivery.
TEST_F(SuccessNoticeTest, a_mark_that_finds_no_memory_keeps_its_message_from_nothing) {
    make();
    start();
    mail::StoredMessage stored = message(10, {"a@one.example", "b@two.example"});
    stored.envelope.recipients[0].notify.success = true;
    queue_->committed(stored, cores_->core(0));
    run();
    ASSERT_EQ(agent_->calls.size(), 2U);
    spool_.throwing = 1;
    answer(0, sent());
    EXPECT_EQ(spool_.throwing, 0U);
    EXPECT_EQ(notifier_.told.size(), 1U);
    answer(1, later());
    ASSERT_EQ(queue_->on_core(0).active_count(), 0U);
    EXPECT_EQ(notifier_.told.size(), 1U);
    ASSERT_EQ(spool_.messages.at(10).queue, mail::QueueName::deferred);
    EXPECT_EQ(spool_.messages.at(10).recipients[0].status, mail::RecipientState::Status::delivered);
    advance(settings_.minimal_backoff_time + seconds(1));
    ASSERT_EQ(agent_->calls.size(), 3U);
    EXPECT_EQ(agent_->calls[2].addresses, std::vector<std::string>{"b@two.example"});
    answer(2, sent());
    EXPECT_TRUE(spool_.messages.empty());
}

}  // namespace posthouse::queue
