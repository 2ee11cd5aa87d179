// Variable envelope return paths: one delivery and one bounce for each recipient.
#include "queue/core_queue.hpp"
#include "queue/scripted_queue_test.hpp"

namespace posthouse::queue {

class VerpTest : public scripted::ScriptedQueue {
protected:
    mail::StoredMessage list_mail(std::uint64_t id, std::vector<std::string> recipients) {
        mail::StoredMessage stored = message(id, std::move(recipients));
        stored.envelope.reverse_path = mail::ReversePath("owner@list.example");
        stored.envelope.verp_delimiters = "+=";
        spool_.messages[id] = stored;
        return stored;
    }
};

TEST_F(VerpTest, each_recipient_of_a_domain_gets_a_delivery_with_a_sender_of_its_own) {
    make();
    start();
    queue_->committed(list_mail(10, {"a@one.example", "b@one.example", "c@two.example"}), cores_->core(0));
    run();
    std::vector<std::string> senders;
    for (std::size_t i = 0; i < agent_->calls.size(); ++i) {
        senders.push_back(agent_->calls[i].sender);
        EXPECT_EQ(agent_->calls[i].addresses.size(), 1U);
    }
    EXPECT_EQ(senders, (std::vector<std::string>{"owner+a=one.example@list.example", "owner+b=one.example@list.example", "owner+c=two.example@list.example"}));
    for (std::size_t i = 0; i < senders.size(); ++i) {
        answer(i, sent());
    }
    EXPECT_TRUE(spool_.messages.empty());
}

TEST_F(VerpTest, each_failure_is_told_by_itself_and_none_twice) {
    make();
    start();
    notifier_.one_by_one = true;
    notifier_.room_for = 1;
    queue_->committed(list_mail(10, {"a@one.example", "b@one.example"}), cores_->core(0));
    run();
    answer(0, mail::Outcome::bounced("5.1.1", "unknown"));
    answer(1, mail::Outcome::bounced("5.1.1", "unknown"));
    ASSERT_EQ(notifier_.told.size(), 1U);
    ASSERT_EQ(spool_.messages.size(), 1U);  // the second could not be written
    notifier_.room_for = 9;
    advance(std::chrono::hours(1));
    ASSERT_EQ(agent_->calls.size(), 3U);
    EXPECT_EQ(agent_->calls[2].addresses, std::vector<std::string>{"b@one.example"});
    answer(2, mail::Outcome::bounced("5.1.1", "unknown"));
    ASSERT_EQ(notifier_.told.size(), 2U);
    EXPECT_EQ(notifier_.told[0].recipients, std::vector<std::string>{"a@one.example"});
    EXPECT_EQ(notifier_.told[1].recipients, std::vector<std::string>{"b@one.example"});
    EXPECT_TRUE(spool_.messages.empty());
}

TEST_F(VerpTest, without_bounces_one_by_one_all_failures_are_told_together) {
    make();
    start();
    queue_->committed(list_mail(10, {"a@one.example", "b@one.example"}), cores_->core(0));
    run();
    answer(0, mail::Outcome::bounced("5.1.1", "unknown"));
    answer(1, mail::Outcome::bounced("5.1.1", "unknown"));
    ASSERT_EQ(notifier_.told.size(), 1U);
    EXPECT_EQ(notifier_.told[0].recipients.size(), 2U);
}

}  // namespace posthouse::queue
