#include "receive/transcript.hpp"

#include <gtest/gtest.h>

#include "receive/postmaster_notice.hpp"

namespace posthouse::receive {

TEST(Transcript, has_both_sides_line_by_line) {
    Transcript transcript;
    transcript.said("220 mx ESMTP\r\n");
    transcript.heard("EHLO c", smtp::Verb::ehlo);
    transcript.said("250-mx\r\n250 DSN\r\n");
    EXPECT_EQ(transcript.text(), " Out: 220 mx ESMTP\n In:  EHLO c\n Out: 250-mx\n Out: 250 DSN\n");
    EXPECT_EQ(transcript.count(), 3U);
}

TEST(Transcript, keeps_no_passwords) {
    Transcript transcript;
    transcript.heard("AUTH PLAIN AGEAYg==", smtp::Verb::auth);
    transcript.heard("AUTH", smtp::Verb::auth);
    EXPECT_EQ(transcript.text(), " In:  AUTH PLAIN\n In:  AUTH\n");
}

TEST(Transcript, has_a_bound) {
    Transcript transcript;
    const std::string line(1000, 'x');
    for (int i = 0; i < 200; ++i) {
        transcript.heard(line, smtp::Verb::unknown);
    }
    EXPECT_LT(transcript.text().size(), 64U * 1024);
}

TEST(PostmasterNotice, shows_control_bytes_of_the_client_as_something_else) {
    NoticeFacts facts{.myhostname = "mx.example", .mail_name = "Mail", .queue_id = {1}, .date = "today", .recipient = "postmaster@example", .client = "c[127.0.0.1]"};
    facts.transcript = " In:  a\rb\x1b\n";
    const std::string notice = postmaster_notice(facts);
    EXPECT_NE(notice.find("\r\n In:  a?b?\r\n"), std::string::npos);
    EXPECT_EQ(notice.find('\x1b'), std::string::npos);
    EXPECT_NE(notice.find("Subject: Mail SMTP server: errors from c[127.0.0.1]\r\n\r\n"), std::string::npos);
}

}  // namespace posthouse::receive
