// The SMTP engine behind the screen, and the tests after the greeting.
#include "receive/postscreen/screening_rig_test.hpp"

namespace posthouse::receive::postscreen {

using rig::Client;
using rig::seconds;

class Engine : public rig::PostscreenRow {
protected:
    // A client that is going to be refused, at the engine's greeting.
    void refuse(Client& client, const std::string& main_cf = "") {
        configure("postscreen_access_list = reject\npostscreen_denylist_action = enforce\npostscreen_greet_banner =\n" + main_cf);
        connect(client);
        EXPECT_EQ(client.news(), "220 mx.example.net ESMTP\r\n");
    }
    static std::string ask(Client& client, std::string_view line) {
        client.say(std::string(line) + "\r\n");
        return client.news();
    }
    // A client that is new, at the engine's greeting.
    void begin(Client& client, const std::string& main_cf) {
        configure("postscreen_greet_banner =\n" + main_cf);
        connect(client);
        EXPECT_EQ(client.news(), "220 mx.example.net ESMTP\r\n");
    }
};

constexpr std::string_view later = "450 4.3.2 Service currently unavailable\r\n";

TEST_F(Engine, answers_a_whole_session_and_takes_nothing) {
    Client client;
    refuse(client);
    EXPECT_EQ(ask(client, "MAIL FROM:<a@example.org>"), "250 2.1.0 Ok\r\n");  // HELO is not required
    EXPECT_EQ(ask(client, "EHLO"), "501 Syntax: EHLO hostname\r\n");
    EXPECT_EQ(ask(client, "HELO"), "501 Syntax: HELO hostname\r\n");
    EXPECT_EQ(ask(client, "EHLO c.example more"),
              "250-mx.example.net\r\n250-SIZE 10240000\r\n250-VRFY\r\n250-ETRN\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250-DSN\r\n250-SMTPUTF8\r\n250 CHUNKING\r\n");
    EXPECT_EQ(ask(client, "RCPT TO:<b@example.net>"), "503 5.5.1 Error: need MAIL command\r\n");
    EXPECT_EQ(ask(client, "MAIL a@example.org"), "501 5.5.4 Syntax: MAIL FROM:<address>\r\n");
    EXPECT_EQ(ask(client, "MAIL FROM:<@route.example:a@example.org> SIZE=1"), "250 2.1.0 Ok\r\n");
    EXPECT_EQ(ask(client, "MAIL FROM:<a@example.org>"), "503 5.5.1 Error: nested MAIL command\r\n");
    EXPECT_EQ(ask(client, "RCPT b@example.net"), "501 5.5.4 Syntax: RCPT TO:<address>\r\n");
    EXPECT_EQ(ask(client, "RCPT TO:b@example.net"), "550 5.3.2 Service currently unavailable\r\n");
    EXPECT_EQ(logged("; from=<a@example.org>, to=<b@example.net>, proto=ESMTP, helo=<c.example>"), 1U);
    EXPECT_EQ(ask(client, "RSET"), "250 2.0.0 Ok\r\n");
    EXPECT_EQ(ask(client, "NOOP"), "250 2.0.0 Ok\r\n");
    EXPECT_EQ(ask(client, "VRFY"), "501 5.5.4 Syntax: VRFY address\r\n");
    EXPECT_EQ(ask(client, "VRFY x"), "550 5.3.2 Service currently unavailable\r\n");
    EXPECT_EQ(ask(client, "ETRN"), "500 Syntax: ETRN domain\r\n");
    EXPECT_EQ(ask(client, "ETRN x"), "458 Unable to queue messages\r\n");
    EXPECT_EQ(ask(client, "AUTH PLAIN"), "502 5.5.2 Error: command not recognized\r\n");
    EXPECT_EQ(ask(client, "STARTTLS"), "502 5.5.1 Error: command not implemented\r\n");
    EXPECT_EQ(ask(client, "QUIT"), "221 2.0.0 Bye\r\n");
    EXPECT_TRUE(client.dismissed);
}

TEST_F(Engine, content_ends_the_session) {
    struct Case {
        std::string_view before, line, reply;
    };
    for (const auto& [before, line, reply] : {Case{"MAIL FROM:<>", "DATA", "554 5.5.1 Error: no valid recipients"}, Case{"NOOP", "DATA", "503 5.5.1 Error: need RCPT command"},
                                             Case{"NOOP", "DATA x", "501 5.5.4 Syntax: DATA"}, Case{"MAIL FROM:<>", "BDAT 5 LAST", "554 5.5.1 Error: no valid recipients"},
                                             Case{"NOOP", "BDAT 5", "554 5.5.1 Error: need MAIL command"}, Case{"NOOP", "BDAT", "501 5.5.4 Syntax: BDAT count [LAST]"}}) {
        Client client;
        refuse(client);
        ask(client, before);
        EXPECT_EQ(ask(client, line), std::string(reply) + "\r\n");
        EXPECT_TRUE(client.dismissed) << line;
    }
    EXPECT_EQ(logged("DATA without valid RCPT from [192.0.2.1]:1025"), 3U);
    EXPECT_EQ(logged("BDAT without valid RCPT from [192.0.2.1]:1025"), 3U);
}

TEST_F(Engine, can_want_helo_and_refuse_vrfy) {
    Client client;
    refuse(client, "smtpd_helo_required = yes\ndisable_vrfy_command = yes\n");
    EXPECT_EQ(ask(client, "MAIL FROM:<>"), "503 5.5.1 Error: send HELO/EHLO first\r\n");
    EXPECT_EQ(ask(client, "ETRN x"), "503 5.5.1 Error: send HELO/EHLO first\r\n");
    EXPECT_EQ(ask(client, "VRFY x"), "502 5.5.1 VRFY command is disabled\r\n");
    EXPECT_EQ(ask(client, "EHLO x").find("VRFY"), std::string::npos);
}

TEST_F(Engine, hides_keywords_from_all_or_from_one_client) {
    Client client;
    refuse(client, "postscreen_discard_ehlo_keywords = dsn\npostscreen_discard_ehlo_keyword_address_maps = inline:{{192.0.2.2=chunking, etrn}}\n");
    const std::string offered = ask(client, "EHLO c.example");
    EXPECT_EQ(offered.find("DSN"), std::string::npos);
    EXPECT_NE(offered.find("250 CHUNKING"), std::string::npos);
    client.hang_up();
    Client other;
    other.address = "192.0.2.2";
    connect(other);
    other.news();
    const std::string less = ask(other, "EHLO c.example");
    EXPECT_EQ(less.find("CHUNKING"), std::string::npos);
    EXPECT_NE(less.find("DSN"), std::string::npos);
    EXPECT_EQ(logged("discarding EHLO keywords: "), 1U);
    EXPECT_EQ(ask(other, "BDAT 1"), "502 5.5.1 Error: command not implemented\r\n");
}

TEST_F(Engine, replaces_commands_by_table_and_adds_footers) {
    Client client;
    refuse(client, "postscreen_command_filter = inline:{{HLEO x=HELO x}}\npostscreen_reject_footer = \\c. Ask for help at $server_name, $client_address.\n");
    EXPECT_EQ(ask(client, "HLEO x"), "250 mx.example.net\r\n");
    EXPECT_EQ(logged("replacing command \"HLEO x\" with \"HELO x\""), 1U);
    ask(client, "MAIL FROM:<>");
    EXPECT_EQ(ask(client, "RCPT TO:<b@example.net>"), "550 5.3.2 Service currently unavailable. Ask for help at mx.example.net, 192.0.2.1.\r\n");
}

TEST_F(Engine, takes_the_footer_of_smtpd_by_default_and_a_table_before_it) {
    Client client;
    refuse(client, "smtpd_reject_footer = of all\npostscreen_reject_footer_maps = inline:{{503 5.5.1 Error: need MAIL command=of this}}\n");
    EXPECT_EQ(ask(client, "RCPT TO:<x>"), "503-5.5.1 Error: need MAIL command\r\n503 5.5.1 of this\r\n");
    EXPECT_EQ(ask(client, "HELO"), "501-Syntax: HELO hostname\r\n501 of all\r\n");
}

TEST_F(Engine, too_many_commands_too_long_lines_and_too_slow_clients_are_dismissed) {
    Client many;
    refuse(many, "postscreen_command_count_limit = 3\n");
    ask(many, "HELO x");
    ask(many, "NOOP");
    ask(many, "RSET");
    EXPECT_EQ(ask(many, "NOOP"), "421 mx.example.net Service unavailable - try again later\r\n");
    EXPECT_EQ(logged("COMMAND COUNT LIMIT from [192.0.2.1]:1025 after RSET"), 1U);
    Client late;
    refuse(late);
    late.say("NO");
    clock.advance(seconds(299));
    late.say("OP");
    EXPECT_FALSE(late.dismissed);
    clock.advance(seconds(2));
    EXPECT_EQ(late.news(), "421 4.4.2 mx.example.net Error: timeout exceeded\r\n");
    EXPECT_EQ(logged("COMMAND TIME LIMIT from [192.0.2.1]:1025 after CONNECT"), 1U);
    Client wordy;
    refuse(wordy, "line_length_limit = 512\n");
    EXPECT_EQ(ask(wordy, std::string(512, 'x')), "502 5.5.2 Error: command not recognized\r\n");
    wordy.say(std::string(514, 'x'));
    EXPECT_EQ(wordy.news(), "421 mx.example.net Service unavailable - try again later\r\n");
    EXPECT_EQ(logged("COMMAND LENGTH LIMIT from [192.0.2.1]:1025 after UNIMPLEMENTED"), 1U);
}

TEST_F(Engine, the_last_command_may_be_quit) {
    Client client;
    refuse(client, "postscreen_command_count_limit = 1\n");
    ask(client, "HELO x");
    EXPECT_EQ(ask(client, "QUIT"), "221 2.0.0 Bye\r\n");
}

TEST_F(Engine, who_hangs_up_is_logged) {
    Client client;
    refuse(client);
    clock.advance(seconds(3));
    client.hang_up();
    EXPECT_EQ(logged("HANGUP after 3 from [192.0.2.1]:1025 in tests after SMTP handshake"), 1U);
    EXPECT_EQ(client.news(), "");
}

TEST_F(Engine, a_good_client_is_told_to_come_back_and_then_gets_a_session) {
    Client client;
    begin(client, "postscreen_pipelining_enable = yes\npostscreen_bare_newline_enable = yes\npostscreen_non_smtp_command_enable = yes\n");
    ask(client, "EHLO c.example");
    ask(client, "MAIL FROM:<a@example.org>");
    EXPECT_EQ(ask(client, "RCPT TO:<b@example.net>"), later);
    EXPECT_EQ(ask(client, "QUIT"), "221 2.0.0 Bye\r\n");
    EXPECT_EQ(logged("PASS NEW [192.0.2.1]:1025"), 1U);
    EXPECT_EQ(logged("NOQUEUE: reject: RCPT from [192.0.2.1]:1025: 450 4.3.2 Service currently unavailable; from=<a@example.org>"), 1U);
    Client again;
    connect(again);
    EXPECT_NE(ask(again, "EHLO c.example").find("PIPELINING"), std::string::npos);
    EXPECT_EQ(logged("PASS OLD"), 1U);
}

TEST_F(Engine, a_good_client_that_does_not_come_to_rcpt_has_shown_nothing) {
    Client client;
    begin(client, "postscreen_pipelining_enable = yes\n");
    ask(client, "EHLO c.example");
    ask(client, "QUIT");
    EXPECT_EQ(logged("PASS"), 0U);
    EXPECT_EQ(cache->size(), 0U);
}

TEST_F(Engine, what_the_first_tests_showed_is_remembered_though_the_others_are_not_over) {
    configure("postscreen_pipelining_enable = yes\n");
    Client client;
    connect(client);
    clock.advance(seconds(7));
    client.say("QUIT\r\n");
    EXPECT_EQ(logged("PASS"), 0U);
    Client again;
    connect(again);
    EXPECT_EQ(again.news(), "220 mx.example.net ESMTP\r\n");  // no teaser, no wait; the engine again
    EXPECT_EQ(ask(again, "EHLO x").find("PIPELINING"), std::string::npos);
}

struct DeepTest {
    std::string name;          // postscreen_NAME_…
    std::string offence;       // in place of NOOP and the next command
    std::string log;
    std::string drop_reply;
};

class DeepTests : public Engine, public ::testing::WithParamInterface<DeepTest> {
protected:
    std::string with(std::string_view action) const { return "postscreen_" + GetParam().name + "_enable = yes\npostscreen_" + GetParam().name + "_action = " + std::string(action) + "\n"; }
};

TEST_P(DeepTests, enforce_refuses_for_the_whole_session) {
    Client client;
    begin(client, with("enforce"));
    client.say(GetParam().offence);
    client.news();
    EXPECT_EQ(logged(GetParam().log), 1U);
    client.say(GetParam().offence);
    EXPECT_EQ(logged(GetParam().log), 1U);  // said once
    ask(client, "RSET");
    ask(client, "MAIL FROM:<a@example.org>");
    EXPECT_EQ(ask(client, "RCPT TO:<b@example.net>"), "550 5.5.1 Protocol error\r\n");
    ask(client, "QUIT");
    EXPECT_EQ(cache->size(), 0U);
}

TEST_P(DeepTests, drop_ends_the_session_at_once) {
    Client client;
    begin(client, with("drop"));
    client.say(GetParam().offence);
    EXPECT_NE(client.news().find(GetParam().drop_reply), std::string::npos);
    EXPECT_TRUE(client.dismissed);
}

TEST_P(DeepTests, ignore_lets_it_pass_for_a_minute) {
    Client client;
    begin(client, with("ignore"));
    client.say(GetParam().offence);
    ask(client, "RSET");
    ask(client, "MAIL FROM:<a@example.org>");
    EXPECT_EQ(ask(client, "RCPT TO:<b@example.net>"), later);
    ask(client, "QUIT");
    EXPECT_EQ(logged("PASS NEW"), 1U);
    Client again;
    connect(again);
    EXPECT_EQ(logged("PASS OLD"), 1U);
    again.say("QUIT\r\n");
    clock.advance(seconds(62));
    Client third;
    connect(third);
    EXPECT_EQ(logged("PASS OLD"), 1U);
}

TEST_P(DeepTests, a_mistake_after_rcpt_undoes_the_pass) {
    Client client;
    begin(client, with("enforce"));
    ask(client, "MAIL FROM:<a@example.org>");
    EXPECT_EQ(ask(client, "RCPT TO:<b@example.net>"), later);
    client.say(GetParam().offence);
    ask(client, "QUIT");
    EXPECT_EQ(logged("PASS"), 0U);
    EXPECT_EQ(cache->size(), 0U);
}

TEST_P(DeepTests, a_client_that_is_refused_anyway_is_looked_at_without_being_asked) {
    Client client;
    refuse(client, "postscreen_forbidden_commands = CONNECT GET\npostscreen_" + GetParam().name + "_action = drop\n");
    client.say(GetParam().offence);
    EXPECT_EQ(logged(GetParam().log), 1U);
    EXPECT_TRUE(client.dismissed);
}

INSTANTIATE_TEST_SUITE_P(Each, DeepTests,
                         ::testing::Values(DeepTest{"pipelining", "NOOP\r\nRSET\r\n", "COMMAND PIPELINING from [192.0.2.1]:1025 after NOOP: RSET\\r\\n", "521 5.5.1 Protocol error\r\n"},
                                           DeepTest{"non_smtp_command", "CONNECT example.org:25\r\n", "NON-SMTP COMMAND from [192.0.2.1]:1025 after ",
                                                    "521 5.7.0 Error: I can break rules, too. Goodbye.\r\n"},
                                           DeepTest{"bare_newline", "NOOP\n", "BARE NEWLINE from [192.0.2.1]:1025 after NOOP", "521 5.5.1 Protocol error\r\n"}),
                         [](const auto& test) { return test.param.name; });

TEST_F(Engine, a_header_field_is_no_command) {
    Client client;
    begin(client, "postscreen_non_smtp_command_enable = yes\n");
    ask(client, "HELO x");
    EXPECT_EQ(ask(client, "Subject: buy"), "521 5.7.0 Error: I can break rules, too. Goodbye.\r\n");
    EXPECT_EQ(logged("NON-SMTP COMMAND from [192.0.2.1]:1025 after HELO: Subject: buy"), 1U);
}

TEST_F(Engine, tls_can_be_offered_or_demanded) {
    Client client;
    refuse(client, "smtpd_tls_security_level = may\nsmtpd_tls_loglevel = 1\n");
    EXPECT_NE(ask(client, "EHLO c.example").find("STARTTLS"), std::string::npos);
    ask(client, "MAIL FROM:<>");
    client.say("STARTTLS\r\n");
    EXPECT_EQ(client.news(), "220 2.0.0 Ready to start TLS\r\n");
    EXPECT_TRUE(client.tls);
    EXPECT_EQ(logged("CONNECT from [192.0.2.1]:1025 to"), 1U);
    EXPECT_EQ(ask(client, "RCPT TO:<x>"), "503 5.5.1 Error: need MAIL command\r\n");  // what was said before is forgotten
    EXPECT_EQ(ask(client, "EHLO c.example").find("STARTTLS"), std::string::npos);
    EXPECT_EQ(ask(client, "STARTTLS"), "554 5.5.1 Error: TLS already active\r\n");
    Client must;
    refuse(must, "postscreen_enforce_tls = yes\n");
    EXPECT_EQ(ask(must, "MAIL FROM:<>"), "530 5.7.0 Must issue a STARTTLS command first\r\n");
    EXPECT_EQ(ask(must, "NOOP"), "250 2.0.0 Ok\r\n");
    ask(must, "STARTTLS");
    EXPECT_EQ(ask(must, "MAIL FROM:<>"), "250 2.1.0 Ok\r\n");
}

TEST_F(Engine, what_was_sent_ahead_of_a_handshake_does_not_run_after_it) {
    Client client;
    refuse(client, "postscreen_use_tls = yes\npostscreen_pipelining_action = ignore\n");
    ask(client, "EHLO c.example");
    client.say("STARTTLS\r\nMAIL FROM:<evil@example.org>\r\n");
    EXPECT_EQ(client.news(), "220 2.0.0 Ready to start TLS\r\n");
    EXPECT_EQ(ask(client, "RCPT TO:<x>"), "503 5.5.1 Error: need MAIL command\r\n");
}

}  // namespace posthouse::receive::postscreen
