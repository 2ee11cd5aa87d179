// What ends a line, and what becomes of a line before it is a command.
#include "receive/scripted_session_test.hpp"

namespace posthouse::receive {

using scripted::envelope;
using scripted::seconds;
using scripted::Wire;
using Rule = SmtpdSettings::ForbidBareNewline;

class SessionLines : public scripted::ScriptedSession {
protected:
    std::vector<std::string> codes_of(const std::string& data) { return codes(talk(std::string(envelope) + data)); }
};

TEST_F(SessionLines, only_the_value_no_lets_a_bare_newline_end_the_data) {
    const std::string two = "DATA\r\nx\n.\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nDATA\r\ny\r\n.\r\nQUIT\r\n";
    settings.smtpd_forbid_bare_newline = Rule::no;
    EXPECT_EQ(codes_of(two), (Codes{"220", "250", "250", "250", "354", "250", "250", "250", "354", "250", "221"}));
    EXPECT_EQ(intake.committed.size(), 2U);
    for (const Rule rule : {Rule::normalize, Rule::note}) {
        intake.committed.clear();
        settings.smtpd_forbid_bare_newline = rule;
        EXPECT_EQ(codes_of(two), (Codes{"220", "250", "250", "250", "354", "250", "221"}));
        ASSERT_EQ(intake.committed.size(), 1U);
        EXPECT_NE(intake.committed[0].content.find("MAIL FROM:<a@example.org>\r\n"), std::string::npos);
    }
}

TEST_F(SessionLines, whatever_the_value_the_content_has_only_crlf_lines) {
    for (const Rule rule : {Rule::no, Rule::note, Rule::normalize}) {
        intake.committed.clear();
        settings.smtpd_forbid_bare_newline = rule;
        EXPECT_EQ(codes_of("DATA\r\na\nb\r\n..c\n\rd\r\n.\r\nQUIT\r\n").back(), "221");
        ASSERT_EQ(intake.committed.size(), 1U);
        EXPECT_TRUE(intake.committed[0].content.ends_with("\r\na\r\nb\r\n.c\r\n d\r\n")) << intake.committed[0].content;
    }
}

TEST_F(SessionLines, note_says_so_at_the_end_and_the_others_do_not) {
    for (const Rule rule : {Rule::no, Rule::normalize, Rule::note}) {
        settings.smtpd_forbid_bare_newline = rule;
        events.lines.clear();
        static_cast<void>(codes_of("DATA\r\na\nb\r\n.\r\nQUIT\r\n"));
        EXPECT_EQ(events.has("notes=bare_lf"), rule == Rule::note);
        events.lines.clear();
        static_cast<void>(codes_of("NOOP\nQUIT\r\n"));
        EXPECT_EQ(events.has("notes=bare_lf"), rule == Rule::note);
        events.lines.clear();
        static_cast<void>(codes_of("BDAT 4 LAST\r\na\nb\nQUIT\r\n"));
        EXPECT_EQ(events.has("notes=bare_lf"), rule == Rule::note);
    }
}

TEST_F(SessionLines, reject_reads_the_message_to_its_end_and_refuses_it) {
    settings.smtpd_forbid_bare_newline = Rule::reject;
    const std::string said = talk(std::string(envelope) + "DATA\r\nx\n.\r\nMAIL FROM:<a@b.example>\r\n.\r\nNOOP\r\nQUIT\r\n");
    EXPECT_EQ(codes(said), (Codes{"220", "250", "250", "250", "354", "550", "250", "221"}));
    EXPECT_NE(said.find("550 5.5.2 mx.example.net Error: bare <LF> received\r\n"), std::string::npos) << said;
    EXPECT_TRUE(intake.committed.empty());
    EXPECT_TRUE(events.has("ABC: reject: END-OF-MESSAGE from unknown[127.0.0.9]: bare <LF> received; from=<a@example.org>"));
}

TEST_F(SessionLines, reject_with_521_closes_the_connection) {
    settings.smtpd_forbid_bare_newline = Rule::reject;
    settings.smtpd_forbid_bare_newline_reject_code = 521;
    EXPECT_EQ(codes_of("DATA\r\nx\n\r\n.\r\nNOOP\r\n").back(), "521");
}

TEST_F(SessionLines, reject_ends_the_session_at_a_command_that_ends_in_a_bare_newline) {
    settings.smtpd_forbid_bare_newline = Rule::reject;
    EXPECT_EQ(codes(talk("EHLO c.example\r\nMAIL FROM:<a@example.org>\nRCPT TO:<b@example.net>\r\n")), (Codes{"220", "250", "550"}));
    EXPECT_TRUE(events.has("NOQUEUE: reject: EHLO from unknown[127.0.0.9]: bare <LF> received;"));
}

TEST_F(SessionLines, reject_refuses_the_chunk_and_all_that_follow) {
    settings.smtpd_forbid_bare_newline = Rule::reject;
    EXPECT_EQ(codes_of("BDAT 3\r\na\r\nBDAT 3 LAST\r\nb\n\nQUIT\r\n"), (Codes{"220", "250", "250", "250", "250", "550", "221"}));
    EXPECT_EQ(codes_of("BDAT 2\r\na\nBDAT 3 LAST\r\nb\r\nQUIT\r\n"), (Codes{"220", "250", "250", "250", "550", "551", "221"}));
    EXPECT_TRUE(intake.committed.empty());
    EXPECT_EQ(codes_of("BDAT 2\r\na\rBDAT 2 LAST\r\n\nbQUIT\r\n").back(), "221") << "a CRLF may be cut by a chunk's end";
    EXPECT_EQ(intake.committed.size(), 1U);
}

TEST_F(SessionLines, an_excluded_client_is_treated_as_with_no) {
    settings.smtpd_forbid_bare_newline = Rule::reject;
    bare_newline_exclusions = "127.0.0.0/24";
    EXPECT_EQ(codes_of("DATA\r\nx\n.\nQUIT\n"), (Codes{"220", "250", "250", "250", "354", "250", "221"}));
    bare_newline_exclusions = "192.0.2.0/24";
    EXPECT_EQ(codes_of("DATA\r\nx\n\r\n.\r\nQUIT\r\n"), (Codes{"220", "250", "250", "250", "354", "550", "221"}));
    bare_newline_exclusions = "hash:/does/not/exist";  // doubt excludes nobody
    EXPECT_EQ(codes_of("DATA\r\nx\n\r\n.\r\nQUIT\r\n"), (Codes{"220", "250", "250", "250", "354", "550", "221"}));
}

TEST_F(SessionLines, a_filter_replaces_commands_before_they_are_looked_at) {
    command_filter = "pcre:{{/^HELO\\s*$/ HELO domain.invalid} {/^\\s*$/ NOOP}}";
    EXPECT_EQ(codes(talk("  HELO\r\n\r\nQUIT\r\n")), (Codes{"220", "250", "250", "221"}));
    EXPECT_TRUE(events.has("unknown[127.0.0.9]: replacing command \"HELO\" with \"HELO domain.invalid\""));
}

TEST_F(SessionLines, a_filter_that_cannot_answer_ends_the_session) {
    command_filter = "hash:/does/not/exist";
    const std::string said = talk("EHLO c.example\r\nNOOP\r\n");
    EXPECT_NE(said.find("421 4.3.0 mx.example.net Server local data error\r\n"), std::string::npos) << said;
    EXPECT_EQ(codes(said), (Codes{"220", "421"}));
}

TEST_F(SessionLines, a_noop_command_changes_nothing_whatever_it_is) {
    noop_commands = "rcpt, X-HELLO";
    EXPECT_EQ(codes(talk("x-hello you\r\nRCPT TO:<a@b.example>\r\nQUIT\r\n")), (Codes{"220", "250", "250", "221"}));
}

TEST_F(SessionLines, a_request_may_not_be_trickled_if_it_has_a_deadline_of_its_own) {
    settings.smtpd_per_request_deadline = true;
    settings.smtpd_timeout = seconds(30);
    Wire wire;
    wire.input = {"NO", "OP\r\n"};
    wire.seconds_per_read = 20;
    start(wire);
    EXPECT_EQ(codes(wire.sent), (Codes{"220", "421"}));
    settings.smtpd_per_request_deadline = false;
    Wire patient;
    patient.input = {"NO", "OP\r\n", "QU", "IT\r\n"};
    patient.seconds_per_read = 20;
    start(patient);
    EXPECT_EQ(codes(patient.sent), (Codes{"220", "250", "221"}));
}

TEST_F(SessionLines, mail_data_earns_its_time_by_the_bytes_that_come) {
    settings.smtpd_per_request_deadline = true;
    settings.smtpd_timeout = seconds(30);
    settings.smtpd_min_data_rate = 100;
    const auto send = [this](std::size_t line) {
        Wire wire;
        wire.input = {std::string(envelope), "DATA\r\n"};
        for (int i = 0; i < 4; ++i) {
            wire.input.push_back(std::string(line, 'x') + "\r\n");
        }
        wire.input.emplace_back(".\r\n");
        wire.input.emplace_back("QUIT\r\n");
        wire.seconds_per_read = 10;
        start(wire);
        return codes(wire.sent).back();
    };
    EXPECT_EQ(send(1000), "221");
    EXPECT_EQ(send(10), "421");
}

}  // namespace posthouse::receive
