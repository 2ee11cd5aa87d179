#include "bounce/notifier_rig_test.hpp"

namespace posthouse::bounce {
namespace {

using namespace rig;

TEST_F(NotifierTest, returns_an_undelivered_message_to_its_sender) {
    ASSERT_TRUE(notify());
    ASSERT_EQ(intake.taken.size(), 1U);
    const Taken& made = *intake.taken[0];
    EXPECT_TRUE(made.committed);
    EXPECT_EQ(made.source, mail::MailSource::notification);
    EXPECT_TRUE(made.envelope.reverse_path.is_null());
    EXPECT_EQ(made.envelope.recipients.at(0).address, "sender@back.example");
    EXPECT_EQ(made.envelope.body, mail::BodyType::eight_bit_mime);
    EXPECT_EQ(events.log, "postfix/bounce: 00000ABCDEF01: sender non-delivery notification: 000000FEED000\n");
    const std::string expected_header =
        "Received: by mta.example.test (Mailtest)\r\n\tid 000000FEED000; Thu, 15 Jan 1970 06:56:07 +0000 (UTC)\r\n"
        "Date: Thu, 15 Jan 1970 06:56:07 +0000 (UTC)\r\n"
        "From: Mail Delivery System <MAILER-DAEMON@example.test>\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\n"
        "To: sender@back.example\r\n"
        "Auto-Submitted: auto-replied\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"00000ABCDEF01.1234567/mta.example.test\"\r\n"
        "Content-Transfer-Encoding: 8bit\r\n\r\n";
    EXPECT_EQ(made.content.substr(0, expected_header.size()), expected_header);
    const std::string expected_end =
        "\r\n--00000ABCDEF01.1234567/mta.example.test\r\n"
        "Content-Description: Delivery report\r\n"
        "Content-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mta.example.test\r\n"
        "X-Mailtest-Queue-ID: 00000ABCDEF01\r\n"
        "X-Mailtest-Sender: rfc822; sender@back.example\r\n"
        "Arrival-Date: Mon, 12 Jan 1970 13:46:40 +0000 (UTC)\r\n\r\n"
        "Final-Recipient: rfc822; gone@example.net\r\n"
        "Original-Recipient: rfc822;gone@example.net\r\n"
        "Action: failed\r\nStatus: 5.1.1\r\nRemote-MTA: dns; 127.0.0.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user here\r\n"
        "\r\n--00000ABCDEF01.1234567/mta.example.test\r\n"
        "Content-Description: Undelivered Message\r\n"
        "Content-Type: message/rfc822\r\n"
        "Content-Transfer-Encoding: 8bit\r\n\r\n"
        "Return-Path: <sender@back.example>\r\n" +
        content + "\r\n--00000ABCDEF01.1234567/mta.example.test--\r\n";
    EXPECT_TRUE(made.content.ends_with(expected_end)) << made.content;
}

TEST_F(NotifierTest, returns_the_header_only_when_asked_or_when_the_message_is_large) {
    const std::string end = "Content-Type: text/rfc822-headers\r\nContent-Transfer-Encoding: 8bit\r\n\r\nReturn-Path: <sender@back.example>\r\n"
                            "Received: from app\r\n\tby here\r\nSubject: t\r\n\r\n--00000ABCDEF01.1234567/mta.example.test--\r\n";
    envelope.ret = mail::DsnRet::hdrs;
    ASSERT_TRUE(notify());
    EXPECT_TRUE(intake.taken.at(0)->content.ends_with(end)) << intake.taken.at(0)->content;
    envelope.ret = mail::DsnRet::full;
    envelope.size = {50001};
    ASSERT_TRUE(notify());
    EXPECT_TRUE(intake.taken.at(1)->content.ends_with(end));
}

TEST_F(NotifierTest, tells_nobody_about_mail_from_the_null_reverse_path) {
    envelope.reverse_path = {};
    ASSERT_TRUE(notify());
    EXPECT_TRUE(intake.taken.empty());
    EXPECT_EQ(events.log, "");
}

TEST_F(NotifierTest, tells_the_postmaster_about_double_bounces_if_configured) {
    envelope.reverse_path = {};
    settings.notify_double_bounce = true;
    ASSERT_TRUE(notify());
    ASSERT_EQ(intake.taken.size(), 1U);
    EXPECT_EQ(intake.taken[0]->envelope.recipients.at(0).address, "postmaster@example.test");
    EXPECT_EQ(intake.taken[0]->envelope.reverse_path.address(), "double-bounce@mta.example.test");
}

TEST_F(NotifierTest, the_mark_travels_with_the_senders_message_and_no_other) {
    settings.notify_bounce = true;
    notification.mark = mail::SpoolUpdate{.id = notification.id, .recipients = {{0, {}}}};
    ASSERT_TRUE(notify());
    ASSERT_EQ(intake.taken.size(), 2U);
    ASSERT_TRUE(intake.taken[0]->along);
    EXPECT_EQ(intake.taken[0]->along->id, notification.id);
    EXPECT_EQ(intake.taken[0]->along->recipients.size(), 1U);
    EXPECT_FALSE(intake.taken[1]->along);
}

TEST_F(NotifierTest, the_mark_travels_with_the_postmasters_message_if_the_sender_gets_none) {
    envelope.reverse_path = {};
    settings.notify_double_bounce = true;
    notification.mark = mail::SpoolUpdate{.id = notification.id};
    ASSERT_TRUE(notify());
    ASSERT_EQ(intake.taken.size(), 1U);
    EXPECT_TRUE(intake.taken[0]->along);
}

TEST_F(NotifierTest, ends_the_chain_when_the_postmaster_cannot_be_told) {
    settings.notify_bounce = settings.notify_double_bounce = true;
    envelope.reverse_path = mail::ReversePath("double-bounce@Example.test");
    ASSERT_TRUE(notify());
    EXPECT_TRUE(intake.taken.empty());
    EXPECT_EQ(events.log, "postfix/bounce: 00000ABCDEF01: undeliverable postmaster notification discarded\n");
}

TEST_F(NotifierTest, obeys_the_notify_parameter) {
    notification.entries[0].recipient.notify.never = true;
    ASSERT_TRUE(notify());
    notification.entries[0].recipient.notify = {.success = true, .delay = true};
    ASSERT_TRUE(notify());
    EXPECT_TRUE(intake.taken.empty());
    add("other@example.net", "550 no");
    ASSERT_TRUE(notify());
    ASSERT_EQ(intake.taken.size(), 1U);
    EXPECT_EQ(intake.taken[0]->content.find("gone@example.net"), std::string::npos);
    notification.kind = mail::NotificationKind::delay;
    ASSERT_TRUE(notify());
    EXPECT_NE(intake.taken.at(1)->content.find("gone@example.net"), std::string::npos);
    EXPECT_NE(intake.taken.at(1)->content.find("Action: delayed\r\n"), std::string::npos);
    EXPECT_NE(intake.taken.at(1)->content.find("\r\nWill-Retry-Until: "), std::string::npos);
}

TEST_F(NotifierTest, reports_success_to_those_who_asked) {
    notification.kind = mail::NotificationKind::success;
    notification.entries[0].recipient.notify.success = true;
    notification.entries[0].outcome = mail::Outcome::delivered("2.0.0", "250 2.0.0 Ok: queued");
    notification.entries[0].outcome.diagnostic = "250 2.0.0 Ok: queued";
    envelope.envelope_id = "abc+1";
    ASSERT_TRUE(notify());
    const std::string& text = intake.taken.at(0)->content;
    EXPECT_NE(text.find("Subject: Successful Mail Delivery Report\r\n"), std::string::npos);
    EXPECT_NE(text.find("Reporting-MTA: dns; mta.example.test\r\nOriginal-Envelope-Id: abc+1\r\nX-Mailtest-Queue-ID"), std::string::npos);
    EXPECT_NE(text.find("Action: relayed\r\nStatus: 2.0.0\r\nDiagnostic-Code: smtp; 250 2.0.0 Ok: queued\r\n"), std::string::npos);
    EXPECT_NE(text.find("Content-Type: text/rfc822-headers\r\n"), std::string::npos);
}

TEST_F(NotifierTest, uses_the_types_of_internationalized_mail) {
    envelope.smtputf8 = true;
    notification.entries[0].recipient.address = "m\xC3\xBCller@example.net";
    ASSERT_TRUE(notify());
    const Taken& made = *intake.taken.at(0);
    EXPECT_TRUE(made.envelope.smtputf8);
    EXPECT_NE(made.content.find("Content-Type: message/global-delivery-status\r\nContent-Transfer-Encoding: 8bit\r\n"), std::string::npos);
    EXPECT_NE(made.content.find("Final-Recipient: utf-8; m\xC3\xBCller@example.net\r\n"), std::string::npos);
    EXPECT_NE(made.content.find("Content-Type: message/global\r\n"), std::string::npos);
}

TEST_F(NotifierTest, says_so_when_the_sender_could_not_be_told) {
    intake.refusals = 1;
    EXPECT_FALSE(notify());
    EXPECT_EQ(events.log, "");
}

TEST_F(NotifierTest, says_so_when_the_content_cannot_be_read) {
    notification.content = std::make_shared<Blocks>(content, true);
    const auto result = notify();
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().text, "disk broken");
    EXPECT_FALSE(intake.taken.at(0)->committed);
}

TEST_F(NotifierTest, tells_the_sender_even_if_the_content_is_lost_for_good) {
    for (const auto kind : {base::ErrorKind::not_found, base::ErrorKind::invalid}) {
        notification.content = std::make_shared<Blocks>("Subject: t\r\n", true, kind);
        EXPECT_TRUE(notify());
        ASSERT_TRUE(intake.taken.back()->committed);
        EXPECT_NE(intake.taken.back()->content.find("Final-Recipient: rfc822; gone@example.net"), std::string::npos);
        EXPECT_TRUE(intake.taken.back()->content.ends_with("--\r\n"));
        EXPECT_NE(events.log.find("ABCDEF01: the notification lacks the message: disk broken"), std::string::npos) << events.log;
    }
}

TEST_F(NotifierTest, does_not_tell_the_sender_twice_because_a_copy_failed) {
    settings.notify_bounce = true;
    intake.accepted_first = 1;
    intake.refusals = 1;
    EXPECT_TRUE(notify());
    EXPECT_EQ(intake.taken.size(), 2U);
    EXPECT_NE(events.log.find("postmaster notification not sent"), std::string::npos);
}

TEST_F(NotifierTest, cannot_be_made_to_inject_header_fields) {
    notification.entries[0].outcome.diagnostic = "550 no\r\n\r\nX-Evil: yes\nX-More: yes";
    notification.entries[0].outcome.text = "a\r\n--00000ABCDEF01.1234567/mta.example.test--\r\n";
    ASSERT_TRUE(notify());
    const std::string& text = intake.taken.at(0)->content;
    EXPECT_EQ(text.find("\nX-Evil"), std::string::npos);
    EXPECT_EQ(text.find("\nX-More"), std::string::npos);
    EXPECT_NE(text.find("<gone@example.net>: a"), std::string::npos);
    const std::string closing = "\r\n--00000ABCDEF01.1234567/mta.example.test--\r\n";
    EXPECT_EQ(text.find(closing), text.size() - closing.size());
}

TEST(fold, keeps_lines_short_and_loses_no_word) {
    EXPECT_EQ(fold(" a  b\r\nc "), "a b c");
    const std::string words = "Diagnostic-Code: smtp; " + std::string(40, 'x') + " " + std::string(30, 'y');
    EXPECT_EQ(fold(words), "Diagnostic-Code: smtp; " + std::string(40, 'x') + "\r\n    " + std::string(30, 'y'));
    const std::string folded = fold(std::string(5000, 'z'));
    for (std::size_t begin = 0; begin < folded.size();) {
        const std::size_t end = std::min(folded.find("\r\n", begin), folded.size());
        EXPECT_LE(end - begin, 900U);
        begin = end + 2;
    }
    EXPECT_EQ(std::count(folded.begin(), folded.end(), 'z'), 5000);
}

TEST(bounce_settings, come_from_main_cf) {
    const auto settings = BounceSettings::from(config::View::of("notify_classes = 2bounce, delay\nbounce_size_limit = 70000\nmyhostname = a.b.example\n"));
    EXPECT_TRUE(settings.notify_double_bounce);
    EXPECT_TRUE(settings.notify_delay);
    EXPECT_FALSE(settings.notify_bounce);
    EXPECT_EQ(settings.bounce_size_limit, base::Bytes{70000});
    EXPECT_EQ(settings.complete("postmaster"), "postmaster@a.b.example");
    EXPECT_EQ(settings.double_bounce_sender, "double-bounce");
    EXPECT_EQ(settings.mail_name, "Postfix");
}

}  // namespace
TEST_F(NotifierTest, reports_the_answers_to_a_question) {
    notification.kind = mail::NotificationKind::report;
    envelope.purpose = mail::Envelope::Purpose::ask;
    notification.entries[0].recipient.notify.never = true;  // a question is answered all the same
    add("fine@example.net", "250 2.1.5 Ok");
    notification.entries[1].outcome.kind = mail::Outcome::Kind::delivered;
    ASSERT_TRUE(notify());
    const Taken& made = *intake.taken.at(0);
    EXPECT_EQ(made.envelope.recipients.at(0).address, "sender@back.example");
    EXPECT_NE(made.content.find("Subject: Mail Delivery Status Report\r\n"), std::string::npos);
    EXPECT_NE(made.content.find("Final-Recipient: rfc822; gone@example.net\r\nOriginal-Recipient: rfc822;gone@example.net\r\nAction: undeliverable\r\n"), std::string::npos);
    EXPECT_NE(made.content.find("Final-Recipient: rfc822; fine@example.net\r\nOriginal-Recipient: rfc822;fine@example.net\r\nAction: deliverable\r\n"), std::string::npos);
    EXPECT_EQ(events.log, "postfix/bounce: 00000ABCDEF01: sender delivery status notification: 000000FEED000\n");
}

TEST_F(NotifierTest, reports_how_a_delivery_went) {
    notification.kind = mail::NotificationKind::report;
    envelope.purpose = mail::Envelope::Purpose::deliver_and_report;
    add("later@example.net", "451 later");
    notification.entries[1].outcome.kind = mail::Outcome::Kind::deferred;
    add("fine@example.net", "250 Ok");
    notification.entries[2].outcome.kind = mail::Outcome::Kind::delivered;
    notification.entries[2].outcome.action.clear();  // the next server reports on a delivery, but it does not answer sendmail -v
    ASSERT_TRUE(notify());
    const std::string& report = intake.taken.at(0)->content;
    for (const char* action : {"Action: failed\r\n", "Action: delayed\r\n", "Action: relayed\r\n"}) {
        EXPECT_NE(report.find(action), std::string::npos) << action;
    }
}

}  // namespace posthouse::bounce
