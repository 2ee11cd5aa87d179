// What the operator has added to refusals and to the log.
#include "receive/scripted_session_test.hpp"

namespace posthouse::receive {

using scripted::envelope;
using SessionReplies = scripted::ScriptedSession;

TEST_F(SessionReplies, every_refusal_has_the_footer_and_nothing_else_has) {
    settings.smtpd_reject_footer = "\\c; $client_address:$client_port\\nsee $server_name";
    EXPECT_EQ(talk("NOOP\r\nFOO\r\nQUIT\r\n"),
              "220 mx.example.net ESMTP\r\n250 2.0.0 Ok\r\n500-5.5.2 Error: command not recognized; 127.0.0.9:1025\r\n500 5.5.2 see mx.example.net\r\n221 2.0.0 Bye\r\n");
}

TEST_F(SessionReplies, a_footer_that_names_what_it_does_not_know_is_not_used) {
    settings.smtpd_reject_footer = "$sender";
    EXPECT_EQ(talk("FOO\r\nQUIT\r\n"), "220 mx.example.net ESMTP\r\n500 5.5.2 Error: command not recognized\r\n221 2.0.0 Bye\r\n");
    EXPECT_TRUE(events.has("reject footer not used"));
}

TEST_F(SessionReplies, tables_choose_the_footer_by_the_whole_reply) {
    settings.smtpd_reject_footer = "other";
    reject_footer_maps = "regexp:{{/^503 5\\.5\\.1/ \\c (order!)}}";
    // Pipelined: the refusals wait for their tables and keep their place.
    EXPECT_EQ(talk("NOOP\r\nDATA\r\nNOOP\r\nFOO\r\nRCPT TO:<a@b.example>\r\nQUIT\r\n"),
              "220 mx.example.net ESMTP\r\n250 2.0.0 Ok\r\n503 5.5.1 Error: need RCPT command (order!)\r\n250 2.0.0 Ok\r\n"
              "500-5.5.2 Error: command not recognized\r\n500 5.5.2 other\r\n503 5.5.1 Error: need MAIL command (order!)\r\n221 2.0.0 Bye\r\n");
}

TEST_F(SessionReplies, a_table_that_cannot_answer_leaves_the_general_footer) {
    settings.smtpd_reject_footer = "\\c!";
    reject_footer_maps = "hash:/does/not/exist";
    EXPECT_EQ(talk("FOO\r\n"), "220 mx.example.net ESMTP\r\n500 5.5.2 Error: command not recognized!\r\n");
}

TEST_F(SessionReplies, the_log_has_the_clients_port_if_asked_for) {
    settings.smtpd_client_port_logging = true;
    static_cast<void>(talk(std::string(envelope) + "QUIT\r\n"));
    EXPECT_TRUE(events.has("client=unknown[127.0.0.9]:1025"));
}

TEST_F(SessionReplies, a_hidden_session_leaves_no_trace_in_received) {
    settings.smtpd_hide_client_session = true;
    static_cast<void>(talk(std::string(envelope) + "DATA\r\nx\r\n.\r\nQUIT\r\n"));
    ASSERT_EQ(intake.committed.size(), 1U);
    EXPECT_TRUE(intake.committed[0].content.starts_with("Received: by mx.example.net (Postfix) id 0000000000ABC\r\n\tfor <b@example.net>; ")) << intake.committed[0].content;
}

TEST_F(SessionReplies, an_undeclared_unicode_address_is_refused_if_that_is_strict) {
    const std::string said = "EHLO c.example\r\nMAIL FROM:<\xc3\xa4@example.org>\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<\xc3\xa4@example.net>\r\nRSET\r\n"
                             "MAIL FROM:<\xc3\xa4@example.org> SMTPUTF8\r\nRCPT TO:<\xc3\xa4@example.net>\r\nVRFY <\xc3\xa4@example.net>\r\nVRFY <\xc3\xa4@example.net> SMTPUTF8\r\nQUIT\r\n";
    settings.strict_smtputf8 = true;
    EXPECT_EQ(codes(talk(said)), (Codes{"220", "250", "553", "250", "553", "250", "250", "250", "553", "252", "221"}));
    settings.strict_smtputf8 = false;
    EXPECT_EQ(codes(talk(said)), (Codes{"220", "250", "250", "503", "250", "250", "250", "250", "252", "252", "221"}));
}

TEST_F(SessionReplies, which_table_lacks_a_user_is_told_unless_forbidden) {
    const std::string said = std::string(envelope) + "RCPT TO:<unknown@example.net>\r\nQUIT\r\n";
    EXPECT_NE(talk(said).find("rejected: User unknown in local recipient table\r\n"), std::string::npos);
    settings.show_user_unknown_table_name = false;
    EXPECT_NE(talk(said).find("rejected: User unknown\r\n"), std::string::npos);
}

TEST_F(SessionReplies, too_many_auth_commands_are_refused_before_they_are_looked_at) {
    settings.smtpd_client_auth_rate_limit = 2;
    EXPECT_EQ(codes(talk("EHLO c\r\nAUTH\r\nAUTH\r\nAUTH\r\nQUIT\r\n")), (Codes{"220", "250", "503", "503", "450", "221"}));
    EXPECT_TRUE(events.has("AUTH command rate limit exceeded: 3 from unknown[127.0.0.9] for service smtp"));
}

TEST_F(SessionReplies, clients_of_one_network_are_counted_together_if_told_to) {
    settings.smtpd_client_message_rate_limit = 1;
    const std::string mail = "EHLO c\r\nMAIL FROM:<a@example.org>\r\nQUIT\r\n";
    EXPECT_EQ(limits.count(*base::IpAddress::parse("127.0.0.200"), ClientLimits::Event::message, clock.now()), 1U);
    EXPECT_EQ(codes(talk(mail)), (Codes{"220", "250", "250", "221"}));
    EXPECT_EQ(limits.count(*base::IpAddress::parse("127.0.0.0"), ClientLimits::Event::message, clock.now()), 1U);
    settings.smtpd_client_ipv4_prefix_length = 24;
    EXPECT_EQ(codes(talk(mail)), (Codes{"220", "250", "450", "221"}));
}

TEST_F(SessionReplies, vrfy_counts_as_a_recipient) {
    settings.smtpd_client_recipient_rate_limit = 2;
    const std::string said = talk("EHLO c.example\r\nVRFY\r\nVRFY a@example.net\r\nVRFY b@example.net\r\nVRFY c@example.net\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nQUIT\r\n");
    EXPECT_EQ(codes(said), (Codes{"220", "250", "501", "252", "252", "450", "250", "450", "221"}));
    EXPECT_NE(said.find("450 4.7.1 Error: too many recipients from 127.0.0.9\r\n"), std::string::npos);
    EXPECT_TRUE(events.has("Recipient address rate limit exceeded: 3 from unknown[127.0.0.9] for service smtp"));
}

TEST_F(SessionReplies, what_is_no_address_counts_as_a_recipient) {
    settings.smtpd_client_recipient_rate_limit = 1;
    const std::string said = talk("EHLO c.example\r\nMAIL FROM:<a@example.org>\r\nRCPT\r\nRCPT TO:<a@@>\r\nRCPT TO:<a@@>\r\nQUIT\r\n");
    EXPECT_EQ(codes(said), (Codes{"220", "250", "250", "501", "501", "450", "221"}));
}

TEST_F(SessionReplies, too_many_handshakes_are_refused_before_the_next_one) {
    class AnyTls final : public world::TlsServerContext {};
    settings.smtpd_client_new_tls_session_rate_limit = 1;
    settings.smtpd_tls_security_level = SmtpdSettings::TlsLevel::may;
    const auto begin = [this](bool wrapped) {
        settings.smtpd_tls_wrappermode = wrapped;
        auto service = std::make_shared<SmtpdService>(*make_service());
        service->tls = std::make_shared<const AnyTls>();
        scripted::Wire wire;  // its handshakes fail
        wire.input.emplace_back("STARTTLS\r\n");
        events.lines.clear();
        tasks.spawn(serve(service, doors(), wire));
        return wire.sent;
    };
    EXPECT_EQ(codes(begin(false)), (Codes{"220", "220"}));
    EXPECT_FALSE(events.has("limit exceeded"));
    EXPECT_EQ(begin(true), "");
    EXPECT_TRUE(events.has("SSL_accept error"));
    EXPECT_TRUE(events.has("New TLS session rate limit exceeded: 2 from unknown[127.0.0.9] for service smtp"));
    EXPECT_EQ(begin(true), "");
    EXPECT_TRUE(events.has("Refusing TLS service request from unknown[127.0.0.9] for service smtp"));
    EXPECT_FALSE(events.has("SSL_accept error"));
    EXPECT_EQ(codes(begin(false)), (Codes{"220", "454"}));
    EXPECT_TRUE(events.has("Refusing STARTTLS request from unknown[127.0.0.9] for service smtp"));
}

}  // namespace posthouse::receive
