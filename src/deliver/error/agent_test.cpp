#include "deliver/error/agent.hpp"

#include <gtest/gtest.h>

#include "deliver/discard/agent.hpp"
#include "world/task_group.hpp"

namespace posthouse::deliver {
namespace {

world::Task<void> store(mail::DeliveryAgent& agent, mail::DeliveryRequest request, std::vector<mail::Outcome>& into) {
    into = co_await agent.deliver(std::move(request));
}

std::vector<mail::Outcome> deliver(mail::DeliveryAgent& agent, std::string nexthop) {
    mail::DeliveryRequest request;
    request.recipients = {0, 1};
    request.addresses = {"a@x", "b@x"};
    request.nexthop = std::move(nexthop);
    std::vector<mail::Outcome> out;
    world::TaskGroup group;
    group.spawn(store(agent, std::move(request), out));
    return out;
}

using Kind = mail::Outcome::Kind;

}  // namespace

TEST(error_agent, bounces_with_the_reason_of_the_transport_entry) {
    ErrorAgent agent(ErrorAgent::Verdict::bounce);
    const auto out = deliver(agent, "5.1.2 no such domain here");
    ASSERT_EQ(out.size(), 2U);
    EXPECT_EQ(out[1].kind, Kind::bounced);
    EXPECT_EQ(out[1].status, "5.1.2");
    EXPECT_EQ(out[1].text, "no such domain here");
    EXPECT_EQ(out[1].relay, "none");
    EXPECT_EQ(deliver(agent, "gone away")[0].status, "5.0.0");
    EXPECT_EQ(deliver(agent, "4.1.1 odd")[0].status, "5.1.1");
}

TEST(error_agent, retry_defers) {
    ErrorAgent agent(ErrorAgent::Verdict::defer);
    const auto out = deliver(agent, "4.3.0 not yet");
    EXPECT_EQ(out[0].kind, Kind::deferred);
    EXPECT_EQ(out[0].status, "4.3.0");
    EXPECT_EQ(out[0].text, "not yet");
    EXPECT_EQ(deliver(agent, "later")[0].status, "4.0.0");
}

TEST(discard_agent, counts_as_delivered) {
    DiscardAgent agent;
    const auto out = deliver(agent, "silently");
    EXPECT_EQ(out[0].kind, Kind::delivered);
    EXPECT_EQ(out[0].status, "2.0.0");
    EXPECT_EQ(out[0].text, "silently");
    EXPECT_EQ(out[0].relay, "none");
}

}  // namespace posthouse::deliver
