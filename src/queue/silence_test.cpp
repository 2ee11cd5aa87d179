// Mail that waits for others: what was deferred, and what is for a server that does not answer, lets other mail pass.
#include "queue/scripted_queue_test.hpp"

namespace posthouse::queue {

using std::chrono::seconds;

class SilenceTest : public scripted::ScriptedQueue {
protected:
    void deferred(std::uint64_t id, std::vector<std::string> recipients) {
        message(id, std::move(recipients));
        spool_.messages.at(id).queue = mail::QueueName::deferred;
    }
    void one_at_a_time() {
        transports_.transport->settings.initial_destination_concurrency = 1;
        transports_.transport->settings.destination_concurrency_limit = 1;
    }
    [[nodiscard]] std::uint64_t called(std::size_t call) const { return agent_->calls.at(call).id.value; }
};

TEST_F(SilenceTest, new_mail_overtakes_mail_for_the_same_destination_that_was_deferred_before) {
    one_at_a_time();
    make();
    for (const std::uint64_t id : {10U, 20U, 30U}) {
        deferred(id, {"a@one.example"});
    }
    start();
    commit(40, {"a@one.example"});
    ASSERT_EQ(called(0), 10U);
    answer(0, sent());
    EXPECT_EQ(called(1), 40U);
    answer(1, sent());
    EXPECT_EQ(called(2), 20U);
}

TEST_F(SilenceTest, a_destination_with_new_mail_gets_the_next_slot_before_those_that_have_only_deferred_mail) {
    transports_.transport->settings.process_limit = 1;
    make();
    for (std::uint64_t id = 10; id < 15; ++id) {
        deferred(id, {"a@d" + std::to_string(id) + ".example"});
    }
    start();
    commit(40, {"a@fresh.example"});
    ASSERT_EQ(agent_->calls.size(), 1U);
    answer(0, sent());
    EXPECT_EQ(called(1), 40U);
    for (std::size_t i = 1; i < 6; ++i) {
        ASSERT_GT(agent_->calls.size(), i);
        answer(i, sent());
    }
    EXPECT_TRUE(spool_.messages.empty());
}

TEST_F(SilenceTest, deferred_mail_gets_each_fifth_slot_however_much_new_mail_there_is) {
    transports_.transport->settings.process_limit = 1;
    make();
    deferred(10, {"a@old.example"});
    deferred(11, {"a@older.example"});
    start();
    std::uint64_t id = 20;
    for (std::size_t i = 0; i < 8; ++i, ++id) {
        commit(id, {"a@d" + std::to_string(id) + ".example"});
    }
    std::size_t answered = 0;
    while (spool_.messages.contains(11)) {
        ASSERT_LT(answered, 7U);
        commit(id, {"a@d" + std::to_string(id) + ".example"});
        ++id;
        answer(answered++, sent());
    }
}

TEST_F(SilenceTest, mail_that_is_due_leaves_a_fifth_of_the_active_queue_to_new_mail) {
    settings_.qmgr_message_active_limit = 10;
    make();
    for (std::uint64_t id = 10; id < 30; ++id) {
        deferred(id, {"a@d" + std::to_string(id) + ".example"});
    }
    start();
    EXPECT_EQ(agent_->calls.size(), 8U);
    commit(40, {"a@fresh.example"});
    ASSERT_EQ(agent_->calls.size(), 9U);
    EXPECT_EQ(called(8), 40U);
}

TEST_F(SilenceTest, a_server_that_does_not_answer_gives_its_slots_of_the_default_process_limit_to_others) {
    transports_.transport->settings.process_limit = 2;
    transports_.transport->settings.lends_slots = true;
    make();
    start();
    for (std::uint64_t id = 10; id < 12; ++id) {
        commit(id, {"a@silent.example"});
    }
    commit(20, {"a@one.example"});
    EXPECT_EQ(agent_->calls.size(), 2U);
    advance(seconds(2));
    ASSERT_EQ(agent_->calls.size(), 3U);
    EXPECT_EQ(called(2), 20U);
    answer(2, sent());
    answer(0, sent());
    answer(1, sent());
    for (std::uint64_t id = 30; id < 33; ++id) {  // what was lent came back once
        commit(id, {"a@d" + std::to_string(id) + ".example"});
    }
    EXPECT_EQ(agent_->running, 2U);
}

TEST_F(SilenceTest, a_process_limit_of_the_transports_own_is_kept_whoever_does_not_answer) {
    transports_.transport->settings.process_limit = 1;
    make();
    start();
    commit(10, {"a@silent.example"});
    commit(20, {"a@one.example"});
    advance(seconds(60));
    EXPECT_EQ(agent_->calls.size(), 1U);
}

TEST_F(SilenceTest, mail_for_a_server_that_does_not_answer_is_deferred_before_it_fills_the_active_queue) {
    settings_.qmgr_message_active_limit = 10;
    one_at_a_time();
    make();
    start();
    for (std::uint64_t id = 10; id < 17; ++id) {
        commit(id, {"a@silent.example"});
    }
    advance(seconds(20));
    EXPECT_EQ(spool_.messages.at(11).queue, mail::QueueName::active);
    advance(seconds(20));
    EXPECT_EQ(spool_.messages.at(10).queue, mail::QueueName::active);  // under way
    EXPECT_EQ(spool_.messages.at(11).queue, mail::QueueName::deferred);
    EXPECT_EQ(spool_.messages.at(11).recipients[0].reason, "delivery temporarily suspended: silent.example does not answer");
    answer(0, sent());
    EXPECT_FALSE(spool_.messages.contains(10));
}

}  // namespace posthouse::queue
