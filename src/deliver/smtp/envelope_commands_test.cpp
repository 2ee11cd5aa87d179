#include "deliver/smtp/envelope_commands.hpp"

#include <gtest/gtest.h>

namespace posthouse::deliver {
namespace {

smtp::Extensions everything() {
    smtp::Extensions out;
    out.size = out.dsn = out.eightbitmime = out.smtputf8 = out.pipelining = true;
    out.size_limit = 10240000;
    return out;
}

}  // namespace

TEST(envelope_commands, nothing_is_said_that_the_server_does_not_offer) {
    mail::Envelope envelope;
    envelope.reverse_path = mail::ReversePath("a@example.org");
    envelope.envelope_id = "x";
    envelope.ret = mail::DsnRet::full;
    envelope.body = mail::BodyType::eight_bit_mime;
    envelope.smtputf8 = true;
    envelope.size = {100};
    EXPECT_EQ(mail_command(envelope, {}), "MAIL FROM:<a@example.org>\r\n");
    mail::Recipient recipient;
    recipient.notify.never = true;
    EXPECT_EQ(rcpt_command(recipient, "x@example.net", {}), "RCPT TO:<x@example.net>\r\n");
}

TEST(envelope_commands, passes_on_what_the_server_offers) {
    mail::Envelope envelope;
    envelope.reverse_path = mail::ReversePath("s@back.example");
    envelope.envelope_id = "abc+1";
    envelope.ret = mail::DsnRet::hdrs;
    envelope.body = mail::BodyType::eight_bit_mime;
    envelope.size = {100};
    EXPECT_EQ(mail_command(envelope, everything()),
              "MAIL FROM:<s@back.example> SIZE=100 BODY=8BITMIME ENVID=abc+2B1 RET=HDRS\r\n");
    envelope = {};
    envelope.smtputf8 = true;
    EXPECT_EQ(mail_command(envelope, everything()), "MAIL FROM:<> SMTPUTF8\r\n");
}

TEST(envelope_commands, an_original_recipient_is_made_up_if_none_was_given) {
    mail::Recipient recipient;
    EXPECT_EQ(rcpt_command(recipient, "vip+tag@example.net", everything()),
              "RCPT TO:<vip+tag@example.net> ORCPT=rfc822;vip+2Btag@example.net\r\n");
    recipient.original_recipient = "rfc822;orig+a@old.example";
    recipient.notify.success = recipient.notify.delay = true;
    EXPECT_EQ(rcpt_command(recipient, "a@dsn.example", everything()),
              "RCPT TO:<a@dsn.example> ORCPT=rfc822;orig+2Ba@old.example NOTIFY=SUCCESS,DELAY\r\n");
}

// RFC 6533 §3: rfc822 is for ASCII only.
TEST(envelope_commands, an_original_recipient_beyond_ascii_has_the_type_utf_8) {
    mail::Recipient recipient;
    recipient.original_recipient = "rfc822;m\xC3\xBCller+x@old.example";
    EXPECT_EQ(rcpt_command(recipient, "m\xC3\xBCller@dsn.example", everything()),
              "RCPT TO:<m\xC3\xBCller@dsn.example> ORCPT=utf-8;m\\x{FC}ller\\x{2B}x@old.example\r\n");
    recipient.original_recipient = "utf-8;m\xC3\xBC@old.example";
    EXPECT_EQ(rcpt_command(recipient, "a@dsn.example", everything()), "RCPT TO:<a@dsn.example> ORCPT=utf-8;m\\x{FC}@old.example\r\n");
    recipient.original_recipient = "rfc822;\xFF@old.example";
    EXPECT_EQ(rcpt_command(recipient, "a@dsn.example", everything()), "RCPT TO:<a@dsn.example>\r\n");
}

TEST(envelope_commands, no_address_can_end_its_command) {
    mail::Recipient recipient;
    const auto command = rcpt_command(recipient, "a@b>\r\nDATA", everything());
    EXPECT_EQ(command.find("\r\n"), command.size() - 2);
    EXPECT_EQ(rcpt_command(recipient, "two words@example.net", {}), "RCPT TO:<\"two words\"@example.net>\r\n");
}

TEST(envelope_commands, an_unquoted_envelope_is_as_the_configuration_wants_it) {
    mail::Envelope envelope;
    envelope.reverse_path = mail::ReversePath("a..b@example.org");
    EXPECT_EQ(mail_command(envelope, {}), "MAIL FROM:<\"a..b\"@example.org>\r\n");
    EXPECT_EQ(mail_command(envelope, {}, {.quoted = false, .dummy_auth = true}), "MAIL FROM:<a..b@example.org> AUTH=<>\r\n");
    EXPECT_EQ(rcpt_command({}, "a@b>\r\nDATA", {}, {.quoted = false}).find("\r\n"),
              rcpt_command({}, "a@b>\r\nDATA", {}, {.quoted = false}).size() - 2);
}

TEST(envelope_commands, the_next_hop_is_told_what_it_wants_to_know_of_the_origin) {
    mail::Origin origin;
    origin.client_name = "unknown";
    origin.client_address = "192.0.2.1";
    origin.helo_name = "a b";
    origin.protocol = "ESMTP";
    const mail::QueueId id{123456};
    EXPECT_EQ(xforward_commands(origin, id, {"NAME", "ADDR", "PROTO", "HELO", "IDENT", "SOURCE"}),
              (std::vector<std::string>{"XFORWARD NAME=[UNAVAILABLE] ADDR=192.0.2.1", "XFORWARD PROTO=ESMTP HELO=a+20b IDENT=" + id.text() + " SOURCE=REMOTE"}));
    EXPECT_EQ(xforward_commands(origin, id, {"ADDR"}), std::vector<std::string>{"XFORWARD ADDR=192.0.2.1"});
    EXPECT_TRUE(xforward_commands(origin, id, {}).empty());
    origin.client_address = "unknown";
    EXPECT_EQ(xforward_commands(origin, id, {"ADDR", "SOURCE"}), (std::vector<std::string>{"XFORWARD ADDR=[UNAVAILABLE]", "XFORWARD SOURCE=REMOTE"}));
}

}  // namespace posthouse::deliver
