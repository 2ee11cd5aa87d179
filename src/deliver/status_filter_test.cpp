// A filter changes words; it forgets no delivery and takes no ability away.
#include "deliver/status_filter.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "deliver/smtp/fake_world_test.hpp"

namespace posthouse::deliver {
namespace {

using Kind = mail::Outcome::Kind;

/// Delivers what it is asked for, and tells a question from a delivery.
struct Agent final : mail::DeliveryAgent {
    world::Task<std::vector<mail::Outcome>> deliver(mail::DeliveryRequest request) override {
        ++deliveries;
        co_return std::vector<mail::Outcome>(request.recipients.size(), answer);
    }
    world::Task<std::vector<mail::Outcome>> verify(mail::DeliveryRequest request) override {
        ++questions;
        co_return std::vector<mail::Outcome>(request.recipients.size(), answer);
    }
    world::Task<void> stop() override { co_return; }
    mail::Outcome answer = mail::Outcome::delivered("2.0.0", "250 Ok");
    int deliveries = 0, questions = 0;
};

/// Answers when it is told to.
struct SlowTable final : tables::Table {
    world::Task<tables::Lookup> find(std::string) const override {
        co_await answers.wait();
        co_return tables::Lookup::found("2.1.5 fine");
    }
    [[nodiscard]] std::string name() const override { return "tcp:slow"; }
    mutable world::Signal answers;
};

struct ThrowingTable final : tables::Table {
    world::Task<tables::Lookup> find(std::string) const override {
        throw std::runtime_error("no memory");
        co_return tables::Lookup::absent();
    }
    [[nodiscard]] std::string name() const override { return "tcp:odd"; }
};

struct Fixture {
    explicit Fixture(tables::MapList table) : filter(agent, std::move(table), sink, "smtp") {}
    static world::Task<void> store(world::Task<std::vector<mail::Outcome>> answering, std::vector<mail::Outcome>& into) { into = co_await std::move(answering); }
    void deliver() { group.spawn(store(filter.deliver(fake::request("x.example", {"x@x.example", "y@x.example"})), outcomes)); }
    void verify() { group.spawn(store(filter.verify(fake::request("x.example", {"x@x.example"})), outcomes)); }

    std::shared_ptr<Agent> agent = std::make_shared<Agent>();
    fake::Sink sink;
    StatusFilter filter;
    std::vector<mail::Outcome> outcomes;
    world::TaskGroup group;
};

}  // namespace

TEST(status_filter, a_question_reaches_the_agent_and_its_answer_is_filtered) {
    Fixture f(fake::maps({{"2.0.0 250 Ok", "2.1.5 is here"}}));
    f.verify();
    EXPECT_EQ(f.agent->questions, 1);
    EXPECT_EQ(f.agent->deliveries, 0);
    ASSERT_EQ(f.outcomes.size(), 1U);
    EXPECT_EQ(f.outcomes[0].kind, Kind::delivered);
    EXPECT_EQ(f.outcomes[0].text, "is here");
}

TEST(status_filter, a_stop_while_the_table_is_asked_forgets_no_delivery) {
    const auto table = std::make_shared<SlowTable>();
    Fixture f(tables::MapList({table}));
    f.deliver();
    f.group.cancel();
    while (table->answers.has_waiters()) {
        table->answers.notify_all();
    }
    ASSERT_EQ(f.outcomes.size(), 2U);
    for (const auto& outcome : f.outcomes) {
        EXPECT_EQ(outcome.kind, Kind::delivered);
        EXPECT_EQ(outcome.status, "2.1.5");
    }
}

TEST(status_filter, a_table_that_fails_forgets_no_delivery_and_bounces_nothing) {
    for (const auto& [said, kind] : {std::pair{mail::Outcome::delivered("2.0.0", "250 Ok"), Kind::delivered}, {mail::Outcome::bounced("5.7.1", "no"), Kind::deferred}}) {
        Fixture f(tables::MapList({std::make_shared<ThrowingTable>()}));
        f.agent->answer = said;
        f.deliver();
        ASSERT_EQ(f.outcomes.size(), 2U);
        EXPECT_EQ(f.outcomes[1].kind, kind);
        EXPECT_EQ(f.sink.lines.size(), 2U);
    }
}

}  // namespace posthouse::deliver
