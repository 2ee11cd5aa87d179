// XFORWARD (XFORWARD_README): what its replies, or those that are missing, mean for the mail that follows.
#include <gtest/gtest.h>

#include "deliver/smtp/fake_world_test.hpp"

namespace posthouse::deliver {
namespace {

using fake::request;
using fake::World;
using Kind = mail::Outcome::Kind;

fake::Server& filter_server(World& w) {
    w.settings.smtp_send_xforward_command = true;
    auto& server = w.server("127.0.0.1:25");
    server.offers = {"PIPELINING", "CHUNKING", "XFORWARD ADDR"};
    return server;
}

bool got(const fake::Server& server, std::string_view start) {
    return std::any_of(server.commands.begin(), server.commands.end(), [&](const std::string& line) { return line.starts_with(start); });
}

}  // namespace

TEST(forwarded_origin, a_refusal_is_of_no_interest) {
    World w;
    auto& up = filter_server(w);
    up.replies["XFORWARD"] = "501 5.5.4 no";
    EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].kind, Kind::delivered);
    EXPECT_TRUE(got(up, "XFORWARD ADDR="));
    EXPECT_EQ(up.messages.size(), 1U);
}

// What came after the missing reply would be read as the reply to MAIL, and RCPT's 250 as that to the refused content.
TEST(forwarded_origin, nothing_follows_a_reply_that_is_none) {
    World w;
    auto& up = filter_server(w);
    up.replies["XFORWARD"] = "junk\\n250 2.0.0 Ok";
    up.replies["BDAT"] = "554 5.7.1 spam";
    const auto out = w.deliver(request("[127.0.0.1]", {"x@x", "y@x"}));
    for (const auto& outcome : out) {
        EXPECT_EQ(outcome.kind, Kind::deferred);
        EXPECT_EQ(outcome.text, "protocol error: 127.0.0.1[127.0.0.1] sent something that is no reply while sending XFORWARD");
    }
    EXPECT_FALSE(got(up, "MAIL"));
    EXPECT_FALSE(got(up, "QUIT"));
}

TEST(forwarded_origin, nothing_follows_a_reply_that_its_filter_cannot_read_to_the_end) {
    World w;
    auto& up = filter_server(w);
    up.replies["XFORWARD"] = "250-2.0.0 more\\n250 2.0.0 Ok";
    up.replies["BDAT"] = "554 5.7.1 spam";
    w.replies["250-2.0.0 more"] = "?";
    const auto out = w.deliver(request("[127.0.0.1]", {"x@x"}));
    EXPECT_EQ(out[0].kind, Kind::deferred);
    EXPECT_EQ(out[0].status, "4.3.0");
    EXPECT_FALSE(got(up, "MAIL"));
}

TEST(forwarded_origin, a_kept_connection_that_died_costs_nothing) {
    World w;
    auto& up = filter_server(w);
    w.deliver(request("[127.0.0.1]", {"x@x"}));
    w.deliver(request("[127.0.0.1]", {"x@x"}));
    ++up.epoch;
    EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].kind, Kind::delivered);
    EXPECT_EQ(up.messages.size(), 3U);
}

}  // namespace posthouse::deliver
