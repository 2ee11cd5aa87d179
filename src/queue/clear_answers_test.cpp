// A destination that does not exist or refuses everything is no destination that is down.
#include "queue/scripted_queue_test.hpp"

namespace posthouse::queue {

using ClearAnswers = scripted::ScriptedQueue;

TEST_F(ClearAnswers, mail_to_a_domain_that_does_not_exist_bounces_each_time) {
    make();
    start();
    mail::Outcome absent = mail::Outcome::bounced("5.4.4", "Host or domain name not found");
    absent.connection_failed = true;
    for (std::size_t i = 0; i < 20; ++i) {
        commit(10 + i, {"a@mistyped.example"});
        ASSERT_EQ(agent_->calls.size(), i + 1) << "put off without an attempt";
        answer(i, absent);
        EXPECT_FALSE(spool_.messages.contains(10 + i));
    }
    EXPECT_EQ(notifier_.told.size(), 20U);
}

TEST_F(ClearAnswers, mail_to_a_destination_that_is_down_is_put_off_without_an_attempt) {
    make();
    start();
    for (std::size_t i = 0; i < 20 && agent_->calls.size() == i; ++i) {
        commit(10 + i, {"a@down.example"});
        if (agent_->calls.size() == i + 1) {
            answer(i, unreachable());
        }
    }
    EXPECT_LT(agent_->calls.size(), 20U);
    EXPECT_TRUE(notifier_.told.empty());
}

}  // namespace posthouse::queue
