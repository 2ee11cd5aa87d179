#include "deliver/smtp/reply_classes.hpp"

#include <gtest/gtest.h>

namespace posthouse::deliver {
namespace {

using Kind = mail::Outcome::Kind;

Peer peer() {
    return {"mx.example", {base::IpAddress::from_v4({127, 0, 0, 1}), 25}};
}

smtp::RemoteReply reply(std::vector<std::string> lines) {
    smtp::ReplyParser parser(smtp::ReplyParser::Garbage::malformed);
    for (const auto& line : lines) {
        if (parser.feed(line) == smtp::ReplyParser::Progress::complete) {
            return parser.take();
        }
    }
    return {};
}

}  // namespace

TEST(reply_classes, a_permanent_no_bounces_with_the_servers_status) {
    const auto out = refused(reply({"552-5.2.2 mailbox", "552 5.2.2 full"}), peer(), phases::rcpt);
    EXPECT_EQ(out.kind, Kind::bounced);
    EXPECT_EQ(out.status, "5.2.2");
    EXPECT_EQ(out.text,
              "host mx.example[127.0.0.1] said: 552-5.2.2 mailbox 552 5.2.2 full (in reply to RCPT TO command)");
    EXPECT_EQ(out.relay, "mx.example[127.0.0.1]:25");
    EXPECT_EQ(out.remote_mta, "mx.example");
    EXPECT_EQ(out.diagnostic, "552-5.2.2 mailbox 552 5.2.2 full");
}

TEST(reply_classes, without_enhanced_status_the_class_stands_for_it) {
    EXPECT_EQ(refused(reply({"550 no"}), peer(), phases::rcpt).status, "5.0.0");
    EXPECT_EQ(refused(reply({"450 later"}), peer(), phases::rcpt).status, "4.0.0");
    EXPECT_EQ(accepted(reply({"250 ok"}), peer()).status, "2.0.0");
}

TEST(reply_classes, whatever_is_odd_defers) {
    for (const std::string line : {"199 x", "250 ok", "354 go", "650 what", "000 x", "421 4.3.2 bye"}) {
        const auto out = refused(reply({line}), peer(), phases::mail);
        EXPECT_EQ(out.kind, Kind::deferred) << line;
        EXPECT_EQ(out.status.front(), '4') << line;
    }
}

TEST(reply_classes, failures_of_the_connection_are_told_in_known_words) {
    using enum base::ErrorKind;
    EXPECT_EQ(interrupted({closed, "x"}, peer(), phases::rcpt).text,
              "lost connection with mx.example[127.0.0.1] while sending RCPT TO");
    EXPECT_EQ(interrupted({timeout, "x"}, peer(), phases::greeting).text,
              "conversation with mx.example[127.0.0.1] timed out while receiving the initial server greeting");
    EXPECT_EQ(interrupted({timeout, "x"}, peer(), phases::greeting).status, "4.4.2");
    EXPECT_EQ(not_connected({refused, "x"}, peer()).text, "connect to mx.example[127.0.0.1]:25: Connection refused");
    EXPECT_EQ(not_connected({unreachable, "No route to host"}, peer()).text,
              "connect to mx.example[127.0.0.1]:25: No route to host");
    EXPECT_EQ(not_connected({refused, "x"}, peer()).relay, "none");
    EXPECT_TRUE(not_connected({refused, "x"}, peer()).connection_failed);
}

}  // namespace posthouse::deliver
