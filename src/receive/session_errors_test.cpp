#include "receive/scripted_session_test.hpp"

namespace posthouse::receive {

using scripted::Wire;
using SessionErrors = scripted::ScriptedSession;

TEST_F(SessionErrors, who_pipelines_before_it_may_is_disconnected_if_that_is_forbidden) {
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

TEST_F(SessionErrors, a_service_that_serves_nobody_does_not_write_to_the_postmaster_about_each_client) {
    settings.notify_classes = ErrorClasses::parse({"software"});
    auto service = make_service();
    auto broken = std::make_shared<SmtpdService>(*service);
    broken->cannot_serve = "it would relay for everyone";
    Wire wire;
    tasks.spawn(serve(broken, doors(), wire));
    EXPECT_EQ(codes(wire.sent), Codes{"421"});
    EXPECT_TRUE(intake.committed.empty());
}

}  // namespace posthouse::receive
