#include "receive/session_fixture_test.hpp"

namespace posthouse::receive {

TEST_F(SessionTest, who_pipelines_before_it_may_is_disconnected_if_that_is_forbidden) {
    settings.smtpd_forbid_unauth_pipelining = true;
    EXPECT_EQ(codes(talk("EHLO c.example\r\nNOOP\r\n")), (Codes{"220", "554"}));
    Wire wire;
    wire.input = {"EHLO c.example\r\n", "MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n", ".\r\n", "QUIT\r\n"};
    start(wire);
    EXPECT_EQ(codes(wire.sent), (Codes{"220", "250", "250", "250", "354", "250", "221"}));
    Wire early;
    early.input = {"EHLO c.example\r\n", "MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n.\r\n"};
    start(early);
    EXPECT_EQ(codes(early.sent), (Codes{"220", "250", "250", "250", "554"}));
    settings.smtpd_forbid_unauth_pipelining = false;
    EXPECT_EQ(codes(talk("EHLO c.example\r\nNOOP\r\nQUIT\r\n")), (Codes{"220", "250", "250", "221"}));
}

TEST_F(SessionTest, tells_the_postmaster_about_errors_of_the_kinds_in_notify_classes_only) {
    settings.notify_classes = ErrorClasses::parse({"protocol"});
    talk("EHLO c.example\r\nQUIT\r\n");
    EXPECT_TRUE(intake.committed.empty());
    talk("EHLO c.example\r\nBOGUS\r\nQUIT\r\n");
    ASSERT_EQ(intake.committed.size(), 1U);
    const GatedIntake::Taken& notice = intake.committed[0];
    EXPECT_EQ(notice.envelope.reverse_path.address(), "double-bounce@mx.example.net");
    EXPECT_EQ(notice.envelope.recipients.at(0).address, "postmaster");
    EXPECT_NE(notice.content.find(" In:  BOGUS\r\n Out: 500 5.5.2 Error: command not recognized\r\n"), std::string::npos);
    settings.notify_classes = ErrorClasses::parse({"resource", "software"});
    talk("EHLO c.example\r\nBOGUS\r\nQUIT\r\n");
    EXPECT_EQ(intake.committed.size(), 1U);
}

TEST_F(SessionTest, a_service_that_serves_nobody_does_not_write_to_the_postmaster_about_each_client) {
    settings.notify_classes = ErrorClasses::parse({"software"});
    auto service = make_service();
    auto broken = std::make_shared<SmtpdService>(*service);
    broken->cannot_serve = "it would relay for everyone";
    Wire wire;
    tasks.spawn(serve(broken, doors(), wire));
    EXPECT_EQ(codes(wire.sent), Codes{"421"});
    EXPECT_TRUE(intake.committed.empty());
}

TEST_F(SessionTest, a_long_session_is_reported_in_parts) {
    settings.notify_classes = ErrorClasses::parse({"protocol"});
    settings.smtpd_history_flush_threshold = 4;
    talk("EHLO c.example\r\nBOGUS\r\nMAIL FROM:<a@example.org>\r\nRSET\r\nRSET\r\nRSET\r\nQUIT\r\n");
    ASSERT_EQ(intake.committed.size(), 1U);
    EXPECT_EQ(intake.committed[0].content.find("RSET"), std::string::npos);
}

}  // namespace posthouse::receive
