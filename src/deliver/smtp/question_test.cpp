// Requests that only ask: the server is asked, and nothing is sent.
#include <gtest/gtest.h>

#include "deliver/smtp/agent.hpp"
#include "deliver/smtp/fake_world_test.hpp"

namespace posthouse::deliver {
namespace {

using fake::request;
using fake::World;
using Kind = mail::Outcome::Kind;

mail::DeliveryRequest question(std::vector<std::string> addresses) {
    mail::DeliveryRequest out = request("[127.0.0.1]", std::move(addresses));
    auto envelope = std::make_shared<mail::Envelope>(*out.envelope);
    envelope->purpose = mail::Envelope::Purpose::probe;
    out.envelope = std::move(envelope);
    out.content = nullptr;
    return out;
}

}  // namespace

TEST(smtp_agent, a_question_ends_with_the_replies_to_rcpt) {
    for (const bool pipelining : {true, false}) {
        World w;
        auto& up = w.server("127.0.0.1:25");
        up.offers = pipelining ? std::vector<std::string>{"PIPELINING"} : std::vector<std::string>{};
        up.replies["RCPT TO:<gone"] = "550 5.1.1 no such user here";
        up.replies["RCPT TO:<busy"] = "451 busy";
        up.replies["RCPT TO:<fine"] = "250 2.1.5 is here";
        const auto out = w.deliver(question({"gone@x", "fine@x", "busy@x"}));
        EXPECT_EQ(out[0].kind, Kind::bounced);
        EXPECT_EQ(out[0].text, "host 127.0.0.1[127.0.0.1] said: 550 5.1.1 no such user here (in reply to RCPT TO command)");
        EXPECT_EQ(out[1].kind, Kind::delivered);
        EXPECT_EQ(out[1].text, "250 2.1.5 is here");
        EXPECT_EQ(out[1].status, "2.1.5");
        EXPECT_EQ(out[2].kind, Kind::deferred);
        EXPECT_TRUE(up.messages.empty());
        EXPECT_FALSE((std::find(up.commands.begin(), up.commands.end(), "DATA") != up.commands.end()));
        ASSERT_GE(up.commands.size(), 2U);
        EXPECT_EQ(up.commands[up.commands.size() - 2], "RSET");
        EXPECT_EQ(up.commands.back(), "QUIT");
    }
}

TEST(smtp_agent, a_question_may_go_as_far_as_data_and_never_further) {
    for (const bool pipelining : {true, false}) {
        World w;
        w.settings.smtp_address_verify_target_data = true;
        auto& up = w.server("127.0.0.1:25");
        up.offers = pipelining ? std::vector<std::string>{"PIPELINING"} : std::vector<std::string>{};
        auto out = w.deliver(question({"fine@x"}));
        EXPECT_EQ(out[0].kind, Kind::delivered);
        EXPECT_EQ(out[0].status, "2.0.0");
        EXPECT_EQ(up.commands.back(), "DATA");
        EXPECT_TRUE(up.messages.empty());
        up.replies["DATA"] = "550 5.7.1 not from you";
        out = w.deliver(question({"fine@x"}));
        EXPECT_EQ(out[0].kind, Kind::bounced);
        EXPECT_EQ(up.commands.back(), "RSET");  // the second one within a short time: the connection is kept
    }
}

TEST(smtp_agent, an_answer_counts_even_if_the_server_is_lost_behind_it) {
    World w;
    auto& up = w.server("127.0.0.1:25");
    up.replies["RSET"] = "";
    const auto out = w.deliver(question({"fine@x"}));
    EXPECT_EQ(out[0].kind, Kind::delivered);
}

}  // namespace posthouse::deliver
