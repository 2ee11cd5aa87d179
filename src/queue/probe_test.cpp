// Probes of address verification on their way through destinations.
#include "queue/scripted_queue_test.hpp"

namespace posthouse::queue {

using std::chrono::seconds;

class Probes : public scripted::ScriptedQueue {
protected:
    using Answer = std::shared_ptr<std::optional<mail::Outcome>>;
    static world::Task<void> keep(Queue& queue, std::string address, world::Core& home, Answer into) {
        *into = co_await queue.probe(std::move(address), mail::ReversePath("p@here.example"), home);
    }
    Answer probe(std::string address, std::size_t core = 0) {
        auto into = std::make_shared<std::optional<mail::Outcome>>();
        probing.spawn(keep(*queue_, std::move(address), cores_->core(core), into));
        run();
        return into;
    }
    world::TaskGroup probing;
};

TEST_F(Probes, a_probe_asks_the_agent_and_is_never_stored) {
    make(2);
    start();
    const Answer answered = probe("a@one.example", 1);
    ASSERT_EQ(agent_->calls.size(), 1U);
    EXPECT_EQ(agent_->questions, 1U);
    EXPECT_EQ(agent_->calls[0].nexthop, "one.example");
    EXPECT_EQ(agent_->calls[0].addresses, std::vector<std::string>{"a@one.example"});
    EXPECT_FALSE(*answered);
    answer(0, never());
    ASSERT_TRUE(*answered);
    EXPECT_EQ((*answered)->kind, mail::Outcome::Kind::bounced);
    EXPECT_TRUE(spool_.messages.empty());
    EXPECT_TRUE(spool_.updates.empty());
    EXPECT_TRUE(notifier_.told.empty());
}

TEST_F(Probes, the_limits_of_a_destination_hold_for_probes_too) {
    transports_.transport->settings.initial_destination_concurrency = 1;
    transports_.transport->settings.destination_concurrency_limit = 1;
    make();
    start();
    commit(10, {"a@one.example"});
    const Answer answered = probe("b@one.example");
    EXPECT_EQ(agent_->calls.size(), 1U);
    answer(0, sent());
    ASSERT_EQ(agent_->calls.size(), 2U);
    answer(1, sent());
    ASSERT_TRUE(*answered);
    EXPECT_EQ((*answered)->kind, mail::Outcome::Kind::delivered);
}

TEST_F(Probes, a_dead_destination_answers_without_an_attempt) {
    transports_.transport->settings.initial_destination_concurrency = 1;
    make();
    start();
    commit(10, {"a@one.example"});
    answer(0, unreachable());
    const Answer answered = probe("b@one.example");
    EXPECT_EQ(agent_->calls.size(), 1U);
    ASSERT_TRUE(*answered);
    EXPECT_EQ((*answered)->kind, mail::Outcome::Kind::deferred);
    EXPECT_TRUE((*answered)->text.starts_with("delivery temporarily suspended"));
}

TEST_F(Probes, a_probe_that_the_stop_meets_is_given_up) {
    make();
    start();
    probe("b@one.example");
    probing.cancel();
    run();
    EXPECT_EQ(probing.size(), 0U);
}

}  // namespace posthouse::queue
