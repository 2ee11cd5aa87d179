#include "receive/session.hpp"

#include "receive/scripted_session_test.hpp"

namespace posthouse::receive {

using std::chrono::seconds;
using scripted::envelope;
using scripted::Wire;
using scripted::WireStream;
using SessionTest = scripted::ScriptedSession;

TEST_F(SessionTest, tells_the_postmaster_about_errors_of_the_kinds_in_notify_classes_only) {
    settings.notify_classes = ErrorClasses::parse({"protocol"});
    talk("EHLO c.example\r\nQUIT\r\n");
    EXPECT_TRUE(intake.committed.empty());
    talk("EHLO c.example\r\nBOGUS\r\nQUIT\r\n");
    ASSERT_EQ(intake.committed.size(), 1U);
    const scripted::GatedIntake::Taken& notice = intake.committed[0];
    EXPECT_EQ(notice.envelope.reverse_path.address(), "double-bounce@mx.example.net");
    EXPECT_EQ(notice.envelope.recipients.at(0).address, "postmaster");
    EXPECT_NE(notice.content.find(" In:  BOGUS\r\n Out: 500 5.5.2 Error: command not recognized\r\n"), std::string::npos);
    settings.notify_classes = ErrorClasses::parse({"resource", "software"});
    talk("EHLO c.example\r\nBOGUS\r\nQUIT\r\n");
    EXPECT_EQ(intake.committed.size(), 1U);
}

TEST_F(SessionTest, a_long_session_is_reported_in_parts) {
    settings.notify_classes = ErrorClasses::parse({"protocol"});
    settings.smtpd_history_flush_threshold = 4;
    talk("EHLO c.example\r\nBOGUS\r\nMAIL FROM:<a@example.org>\r\nRSET\r\nRSET\r\nRSET\r\nQUIT\r\n");
    ASSERT_EQ(intake.committed.size(), 1U);
    EXPECT_EQ(intake.committed[0].content.find("RSET"), std::string::npos);
}

TEST_F(SessionTest, takes_a_message_and_says_so_only_after_the_commit) {
    const std::string said = talk(std::string(envelope) + "DATA\r\nSubject: x\r\n\r\n..dot\r\n.\r\nQUIT\r\n");
    EXPECT_EQ(codes(said), (Codes{"220", "250", "250", "250", "354", "250", "221"}));
    EXPECT_NE(said.find("250 2.0.0 Ok: queued as " + mail::QueueId{0xABC}.text() + "\r\n"), std::string::npos);
    ASSERT_EQ(intake.committed.size(), 1U);
    EXPECT_TRUE(intake.committed[0].content.starts_with("Received: from c.example (unknown [127.0.0.9])"));
    EXPECT_TRUE(intake.committed[0].content.ends_with("Subject: x\r\n\r\n.dot\r\n"));
}

TEST_F(SessionTest, a_commit_that_fails_is_never_a_positive_reply) {
    using Reason = mail::IntakeRefusal::Reason;
    for (const auto& [reason, code] : {std::pair(Reason::spool_failure, "451"), std::pair(Reason::insufficient_storage, "452"), std::pair(Reason::message_too_big, "552"),
                                       std::pair(Reason::too_many_hops, "554")}) {
        intake.refusal = mail::IntakeRefusal{reason, {}};
        EXPECT_EQ(codes(talk(std::string(envelope) + "DATA\r\nx\r\n.\r\n")).back(), code);
        EXPECT_EQ(codes(talk(std::string(envelope) + "BDAT 1 LAST\r\nx")).back(), code);
    }
    EXPECT_TRUE(intake.committed.empty());
}

// Whatever the step at which the connection is lost: a message is in the spool if and only if its end was read, and the positive reply
// was attempted if and only if the message is in the spool.
TEST_F(SessionTest, a_connection_that_is_lost_at_any_step_leaves_all_or_nothing) {
    const std::vector<std::string> dot{"EHLO c.example\r\n", "MAIL FROM:<a@example.org>\r\n", "RCPT TO:<b@example.net>\r\n", "DATA\r\n", "Subject: x\r\n\r\n", "text\r\n.", "\r\n", "QUIT\r\n"};
    const std::vector<std::string> chunks{"EHLO c.example\r\n", "MAIL FROM:<a@example.org>\r\n", "RCPT TO:<b@example.net>\r\n", "BDAT 6\r\nx\r\n", "y\r\n", "BDAT 3 LAST\r\nz", "\r\n", "QUIT\r\n"};
    for (const auto* dialogue : {&dot, &chunks}) {
        for (std::size_t step = 0;; ++step) {
            intake.committed.clear();
            Wire wire;
            wire.input.assign(dialogue->begin(), dialogue->end());
            wire.fails_at = step;
            start(wire);
            ASSERT_EQ(tasks.size(), 0U) << step;
            EXPECT_EQ(intake.open, 0U) << step;
            const bool end_was_read = wire.input.size() <= 1;
            EXPECT_EQ(intake.committed.size(), end_was_read ? 1U : 0U) << step;
            EXPECT_EQ(wire.attempted.find("queued as") != std::string::npos, end_was_read) << step;
            if (wire.operations <= step) {
                EXPECT_NE(wire.sent.find("221 "), std::string::npos);
                break;  // nothing failed any more
            }
        }
    }
}

TEST_F(SessionTest, a_stop_while_the_commit_is_under_way_still_tells_the_client) {
    intake.gated = true;
    Wire wire;
    wire.stays_open = true;
    wire.input.push_back(std::string(envelope) + "DATA\r\n");
    wire.input.push_back("x\r\n.\r\n");
    start(wire);
    tasks.cancel();
    ASSERT_EQ(tasks.size(), 1U);
    intake.gate.notify_all();
    EXPECT_EQ(tasks.size(), 0U);
    EXPECT_EQ(intake.committed.size(), 1U);
    const std::size_t queued = wire.sent.find("queued as " + mail::QueueId{0xABC}.text());
    ASSERT_NE(queued, std::string::npos) << "the client would send it again";
    EXPECT_NE(wire.sent.find("421 4.3.2", queued), std::string::npos);
}

TEST_F(SessionTest, a_stop_in_the_middle_of_the_data_is_a_421_and_no_message) {
    Wire wire;
    wire.stays_open = true;
    wire.input.push_back(std::string(envelope) + "DATA\r\n");
    wire.input.push_back("half\r\n");
    start(wire);
    ASSERT_EQ(intake.open, 1U);
    tasks.cancel();
    EXPECT_EQ(tasks.size(), 0U);
    EXPECT_EQ(intake.open, 0U);
    EXPECT_TRUE(intake.committed.empty());
    EXPECT_EQ(codes(wire.sent).back(), "421");
}

TEST_F(SessionTest, bdat_takes_a_message_in_chunks) {
    const std::string said = talk(std::string(envelope) + "BDAT 12\r\nSubject: a\r\nBDAT 3\r\n\r\nbBDAT 3 LAST\r\nc\r\nQUIT\r\n");
    EXPECT_EQ(codes(said), (Codes{"220", "250", "250", "250", "250", "250", "250", "221"}));
    EXPECT_NE(said.find("Ok: 18 bytes queued as " + mail::QueueId{0xABC}.text()), std::string::npos);
    ASSERT_EQ(intake.committed.size(), 1U);
    EXPECT_TRUE(intake.committed[0].content.ends_with("Subject: a\r\n\r\nbc\r\n"));
}

TEST_F(SessionTest, after_a_refused_chunk_every_chunk_is_dropped_until_the_last) {
    const std::string said = talk("EHLO c\r\nBDAT 6\r\nQUIT\r\nMAIL FROM:<a@b.example>\r\nBDAT 3\r\nabcBDAT 6 LAST\r\nQUIT\r\nMAIL FROM:<a@b.example>\r\nQUIT\r\n");
    EXPECT_EQ(codes(said), (Codes{"220", "250", "503", "503", "551", "551", "250", "221"}));
    EXPECT_TRUE(intake.committed.empty());
}

TEST_F(SessionTest, rset_forgets_chunks_and_recipients) {
    const std::string said = talk(std::string(envelope) + "BDAT 3\r\na\r\nRSET\r\nDATA\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@example.net>\r\nBDAT 3 LAST\r\nd\r\nQUIT\r\n");
    EXPECT_EQ(codes(said), (Codes{"220", "250", "250", "250", "250", "250", "503", "250", "250", "250", "221"}));
    ASSERT_EQ(intake.committed.size(), 1U);
    EXPECT_EQ(intake.committed[0].envelope.recipients.size(), 1U);
    EXPECT_TRUE(intake.committed[0].content.ends_with("\r\nd\r\n"));
}

TEST_F(SessionTest, chunks_and_data_do_not_mix) {
    const std::string said = talk(std::string(envelope) + "BDAT 3\r\na\r\nDATA\r\nRCPT TO:<c@example.net>\r\nMAIL FROM:<x@example.net>\r\nBDAT 0 LAST\r\nQUIT\r\n");
    EXPECT_EQ(codes(said), (Codes{"220", "250", "250", "250", "250", "503", "503", "503", "250", "221"}));
    EXPECT_EQ(intake.committed.size(), 1U);
}

TEST_F(SessionTest, a_refused_recipient_leaves_the_others) {
    const std::string said = talk(std::string(envelope) + "RCPT TO:<unknown@example.net>\r\nRCPT TO:<c@example.net>\r\nDATA\r\nx\r\n.\r\nQUIT\r\n");
    EXPECT_EQ(codes(said), (Codes{"220", "250", "250", "250", "550", "250", "354", "250", "221"}));
    ASSERT_EQ(intake.committed.size(), 1U);
    EXPECT_EQ(intake.committed[0].envelope.recipients.size(), 2U);
}

TEST_F(SessionTest, data_needs_a_recipient) {
    EXPECT_EQ(codes(talk("EHLO c\r\nDATA\r\nMAIL FROM:<a@b.example>\r\nDATA\r\nRCPT TO:<unknown@example.net>\r\nDATA\r\nQUIT\r\n")),
              (Codes{"220", "250", "503", "250", "503", "550", "554", "221"}));
}

TEST_F(SessionTest, an_unknown_command_too_many_ends_the_session) {
    settings.smtpd_hard_error_limit = 3;
    EXPECT_EQ(codes(talk("FOO\r\nFOO\r\nFOO\r\nFOO\r\n")), (Codes{"220", "500", "500", "500", "421"}));
}

TEST_F(SessionTest, past_the_soft_limit_every_reply_waits_also_the_good_ones) {
    settings.smtpd_soft_error_limit = 2;
    settings.smtpd_error_sleep_time = seconds(5);
    const auto waited = [this](std::string_view commands) {
        const world::SteadyTime before = clock.now();
        (void)talk(commands);
        return clock.now() - before;
    };
    EXPECT_EQ(waited("FOO\r\nFOO\r\n"), seconds(0));
    EXPECT_EQ(waited("FOO\r\nFOO\r\nFOO\r\nNOOP\r\nQUIT\r\n"), seconds(15));
    settings.smtpd_error_sleep_time = seconds(0);
    EXPECT_EQ(waited("FOO\r\nFOO\r\nFOO\r\nNOOP\r\nQUIT\r\n"), seconds(0));
}

TEST_F(SessionTest, errors_count_from_the_last_delivery) {
    settings.smtpd_hard_error_limit = 3;
    const std::string mail = "MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nDATA\r\nx\r\n.\r\n";
    const std::string said = talk("EHLO c\r\nFOO\r\nFOO\r\n" + mail + "FOO\r\nFOO\r\n" + mail + "QUIT\r\n");
    EXPECT_EQ(codes(said).back(), "221");
    EXPECT_EQ(intake.committed.size(), 2U);
}

TEST_F(SessionTest, junk_commands_are_errors_from_the_second_one_past_the_limit_on) {
    settings.smtpd_junk_command_limit = 3;
    settings.smtpd_hard_error_limit = 2;
    EXPECT_EQ(codes(talk("NOOP\r\nRSET\r\nNOOP\r\nNOOP\r\nNOOP\r\nNOOP\r\nNOOP\r\n")), (Codes{"220", "250", "250", "250", "250", "250", "250", "421"}));
}

TEST_F(SessionTest, recipients_past_the_limit_are_errors_only_past_the_overshoot_limit) {
    settings.smtpd_recipient_limit = 1;
    settings.smtpd_recipient_overshoot_limit = 2;
    settings.smtpd_hard_error_limit = 1;
    const std::string said = talk(std::string(envelope) + "RCPT TO:<c@d.example>\r\nRCPT TO:<c@d.example>\r\nRCPT TO:<c@d.example>\r\nRCPT TO:<c@d.example>\r\n");
    EXPECT_EQ(codes(said), (Codes{"220", "250", "250", "250", "452", "452", "452", "421"}));
}

TEST_F(SessionTest, soft_bounce_makes_every_refusal_temporary) {
    settings.soft_bounce = true;
    const std::string said = talk(std::string(envelope) + "RCPT TO:<unknown@example.net>\r\nQUIT\r\n");
    EXPECT_NE(said.find("450 4.1.1 <unknown@example.net>"), std::string::npos) << said;
}

TEST_F(SessionTest, what_looks_like_a_browser_is_shown_the_door) {
    forbidden_commands = "CONNECT GET POST regexp:{{/^[^A-Z]/ Bogus}}";
    EXPECT_EQ(codes(talk("GET / HTTP/1.0\r\nMAIL FROM:<a@b.example>\r\n")), (Codes{"220", "221"}));
    EXPECT_EQ(codes(talk("\x16\x03\x01\r\n")), (Codes{"220", "221"}));
    EXPECT_EQ(codes(talk("Subject: x\r\nMAIL FROM:<a@b.example>\r\n")), (Codes{"220", "221"}));
}

TEST_F(SessionTest, every_connection_is_given_back_to_the_limits) {
    settings.smtpd_client_connection_count_limit = 1;
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(codes(talk("QUIT\r\n")), (Codes{"220", "221"}));
    }
    Wire first;
    first.stays_open = true;
    start(first);
    EXPECT_EQ(codes(first.sent), (Codes{"220"}));
    Wire second;
    start(second);
    EXPECT_EQ(codes(second.sent), (Codes{"421"}));
    tasks.cancel();
}

}  // namespace posthouse::receive
