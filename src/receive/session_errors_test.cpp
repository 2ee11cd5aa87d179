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

TEST_F(SessionErrors, who_speaks_before_the_greeting_is_logged_once_and_turned_away_if_that_is_forbidden) {
    const auto speak = [this](bool screened) {
        events.lines.clear();
        auto service = std::make_shared<SmtpdService>(*make_service());
        service->screened = screened;
        Wire wire;
        wire.impatient = true;
        wire.input = {"EHLO c.example\r\n", "NOOP\r\n", "QUIT\r\n"};
        tasks.spawn(serve(service, doors(), wire));
        return codes(wire.sent);
    };
    const auto noted = [this] { return std::count_if(events.lines.begin(), events.lines.end(), [](const auto& line) { return line.starts_with("improper"); }); };
    EXPECT_EQ(speak(false), (Codes{"220", "250", "250", "221"}));
    EXPECT_TRUE(events.has(R"(improper command pipelining after CONNECT from unknown[127.0.0.9]: EHLO c.example\r\n)"));
    EXPECT_EQ(noted(), 1);
    settings.smtpd_forbid_unauth_pipelining = true;
    EXPECT_EQ(speak(false), Codes{"554"});
    EXPECT_EQ(noted(), 1);
    EXPECT_EQ(speak(true), (Codes{"220", "554"})) << "postscreen has greeted it";
    EXPECT_TRUE(events.has(R"(improper command pipelining after EHLO from unknown[127.0.0.9]: NOOP\r\n)"));
}

TEST_F(SessionErrors, a_client_that_is_gone_has_not_spoken) {
    settings.smtpd_forbid_unauth_pipelining = true;
    Wire wire;
    wire.impatient = true;
    start(wire);
    EXPECT_EQ(codes(wire.sent), Codes{"220"});
    EXPECT_FALSE(events.has("improper"));
    EXPECT_TRUE(events.has("lost connection after CONNECT from unknown[127.0.0.9]"));
}

TEST_F(SessionErrors, what_may_follow_in_a_group_is_not_too_early) {
    settings.smtpd_forbid_unauth_pipelining = true;
    settings.smtpd_sasl_auth_enable = true;
    EXPECT_EQ(codes(talk("EHLO c.example\r\n")), (Codes{"220", "250"}));
    Wire wire;
    wire.input = {"EHLO c.example\r\n", "AUTH PLAIN AGEAYg==\r\nMAIL FROM:<a@example.org>\r\nRSET\r\nFOO\r\nQUIT\r\n"};
    start(wire);
    EXPECT_EQ(codes(wire.sent), (Codes{"220", "250", "503", "250", "250", "500", "221"}));
    Wire old;
    old.input = {"HELO c.example\r\n", "FOO\r\nMAIL FROM:<a@example.org>\r\nQUIT\r\n"};
    start(old);
    EXPECT_EQ(codes(old.sent), (Codes{"220", "250", "500", "554"})) << "HELO knows no groups";
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
