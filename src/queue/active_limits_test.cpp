// What bounds the active queue besides the number of messages.
#include "queue/scripted_queue_test.hpp"

namespace posthouse::queue {

using std::chrono::seconds;
using ActiveLimitsTest = scripted::ScriptedQueue;

TEST_F(ActiveLimitsTest, mail_beyond_the_recipient_limit_waits_on_disk) {
    settings_.qmgr_message_recipient_limit = 5;
    make();
    for (const std::uint64_t id : {10U, 20U, 30U, 40U}) {
        message(id, {"a@one.example", "b@one.example", "c@one.example"});
    }
    start();  // found on disk, and committed while there is no room
    commit(50, {"a@one.example"});
    EXPECT_EQ(agent_->calls.size(), 2U);  // the second is let in: there was room when it came
    answer(0, sent());
    ASSERT_EQ(agent_->calls.size(), 3U);
    EXPECT_EQ(agent_->calls[2].id, mail::QueueId{30});
    answer(1, later());
    answer(2, sent());
    ASSERT_EQ(agent_->calls.size(), 5U);
    EXPECT_EQ(agent_->calls[3].id, mail::QueueId{40});
    EXPECT_EQ(agent_->calls[4].id, mail::QueueId{50});
    answer(3, later());
    answer(4, sent());
    advance(settings_.minimal_backoff_time + seconds(1));
    ASSERT_EQ(agent_->calls.size(), 7U);
    answer(5, sent());
    answer(6, sent());
    EXPECT_TRUE(spool_.messages.empty());
}

TEST_F(ActiveLimitsTest, a_reload_that_makes_room_lets_in_what_waits_on_disk) {
    settings_.qmgr_message_active_limit = 1;
    make();
    start();
    commit(10, {"a@slow.example"});
    commit(20, {"b@one.example"});
    ASSERT_EQ(agent_->calls.size(), 1U);
    settings_.qmgr_message_active_limit = 10;
    reload(transports_.transport->settings);
    EXPECT_EQ(agent_->calls.size(), 2U);
}

TEST_F(ActiveLimitsTest, a_message_with_more_recipients_than_the_limit_is_delivered_on_its_own) {
    settings_.qmgr_message_recipient_limit = 2;
    make();
    start();
    commit(10, {"a@one.example", "b@one.example", "c@one.example"});
    commit(20, {"a@one.example"});
    ASSERT_EQ(agent_->calls.size(), 1U);
    answer(0, sent());
    ASSERT_EQ(agent_->calls.size(), 2U);
    answer(1, sent());
    EXPECT_TRUE(spool_.messages.empty());
}

TEST_F(ActiveLimitsTest, a_destination_that_clogs_the_active_queue_is_warned_about_now_and_then) {
    settings_.qmgr_message_active_limit = 10;
    transports_.transport->settings.destination_concurrency_limit = 1;
    transports_.transport->settings.initial_destination_concurrency = 1;
    make();
    start();
    const auto warnings = [this] { return std::count_if(events_.remarks.begin(), events_.remarks.end(), [](const std::string& text) { return text.starts_with("mail for slow.example is using up 3 of 10"); }); };
    for (std::uint64_t id = 10; id < 13; ++id) {
        commit(id, {"a@slow.example"});
    }
    EXPECT_EQ(warnings(), 0);
    commit(13, {"a@slow.example"});
    commit(14, {"a@slow.example"});
    EXPECT_EQ(warnings(), 1);
    advance(settings_.qmgr_clog_warn_time);
    answer(0, sent());
    answer(1, sent());
    commit(15, {"a@slow.example"});
    EXPECT_EQ(warnings(), 2);
}

}  // namespace posthouse::queue
