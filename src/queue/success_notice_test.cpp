#include "queue/core_queue.hpp"
#include "queue/scripted_queue_test.hpp"

namespace posthouse::queue {

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

}  // namespace posthouse::queue
