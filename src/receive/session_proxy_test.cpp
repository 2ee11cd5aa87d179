#include "receive/scripted_session_test.hpp"
#include "tables/fake_files.hpp"

namespace posthouse::receive {

using scripted::Wire;

class SessionProxy : public scripted::ScriptedSession {
protected:
    std::string talk_as(std::string_view hosts, std::string_view input) {
        auto service = std::make_shared<SmtpdService>(*make_service());
        service->xclient_hosts = std::make_shared<const tables::MatchList>(tables::MatchList::open_addresses(hosts, tables::ParentDomains::dot_prefix, {files}));
        service->xforward_hosts = service->xclient_hosts;
        Wire wire;
        wire.input.emplace_back(input);
        tasks.spawn(serve(service, doors(), wire));
        return wire.sent;
    }
    tables::FakeFiles files;
};

TEST_F(SessionProxy, a_proxy_speaks_for_its_client_and_only_once) {
    const std::string said = talk_as("127.0.0.9", "EHLO p\r\nXCLIENT FOO=bar\r\nXCLIENT ADDR=x\r\nXCLIENT NAME=spike.example ADDR=192.0.2.7\r\nXCLIENT ADDR=192.0.2.8\r\n"
                                                  "EHLO spike\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n.\r\nQUIT\r\n");
    EXPECT_EQ(codes(said), (Codes{"220", "250", "501", "501", "220", "550", "250", "250", "250", "354", "250", "221"}));
    ASSERT_EQ(intake.committed.size(), 1U);
    EXPECT_EQ(intake.committed[0].envelope.origin.client_address, "192.0.2.7");
    EXPECT_EQ(intake.committed[0].envelope.origin.client_name, "spike.example");
}

TEST_F(SessionProxy, a_client_of_whom_the_proxy_knows_no_address_is_not_the_proxy) {
    const tables::OpenContext open{files};
    const auto list = [&](std::string_view clients) { return std::make_shared<const tables::MatchList>(tables::MatchList::open_addresses(clients, tables::ParentDomains::dot_prefix, open)); };
    auto service = std::make_shared<SmtpdService>(*make_service());
    service->xclient_hosts = list("127.0.0.9, unknown.example");
    service->xforward_hosts = service->header_rewrite_networks = service->limit_exceptions = list("0.0.0.0/0, [::]/0");
    Wire wire;
    wire.input.emplace_back("EHLO p\r\nXCLIENT ADDR=[UNAVAILABLE] NAME=[UNAVAILABLE]\r\nXCLIENT ADDR=127.0.0.9\r\nXFORWARD NAME=x\r\n"
                            "EHLO c\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n.\r\nQUIT\r\n");
    tasks.spawn(serve(service, doors(), wire));
    EXPECT_EQ(codes(wire.sent), (Codes{"220", "250", "220", "550", "550", "250", "250", "250", "354", "250", "221"}));
    ASSERT_EQ(intake.committed.size(), 1U);
    const mail::Envelope& envelope = intake.committed[0].envelope;
    EXPECT_EQ(envelope.origin.client_address, "unknown");
    EXPECT_EQ(envelope.header_context, mail::Envelope::HeaderContext::remote);
    EXPECT_NE(intake.committed[0].content.find("(unknown [unknown])"), std::string::npos);
    EXPECT_TRUE(events.has("client=unknown[unknown] "));
}

TEST_F(SessionProxy, its_client_bears_its_own_limits_and_has_its_own_rights) {
    settings.smtpd_client_connection_rate_limit = 1;
    const tables::OpenContext open{files};
    const auto list = [&](std::string_view clients) { return std::make_shared<const tables::MatchList>(tables::MatchList::open_addresses(clients, tables::ParentDomains::dot_prefix, open)); };
    auto service = std::make_shared<SmtpdService>(*make_service());
    service->xclient_hosts = list("127.0.0.9");
    service->limit_exceptions = list("192.0.2.8");
    service->header_rewrite_networks = list("192.0.2.7, 127.0.0.9");
    const auto talk_for = [&](const std::string& client) {
        Wire wire;
        wire.input.emplace_back("XCLIENT ADDR=" + client + "\r\nEHLO c\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n.\r\nQUIT\r\n");
        tasks.spawn(serve(service, doors(), wire));
        return codes(wire.sent);
    };
    const Codes served{"220", "220", "250", "250", "250", "354", "250", "221"};
    EXPECT_EQ(talk_for("192.0.2.7"), served);
    EXPECT_EQ(intake.committed.back().envelope.header_context, mail::Envelope::HeaderContext::local);
    EXPECT_EQ(talk_for("192.0.2.7"), (Codes{"220", "421"}));
    EXPECT_TRUE(events.has("Connection rate limit exceeded: 2 from unknown[192.0.2.7] for service"));
    EXPECT_EQ(talk_for("192.0.2.8"), served);
    EXPECT_EQ(talk_for("192.0.2.8"), served);
    EXPECT_EQ(intake.committed.back().envelope.header_context, mail::Envelope::HeaderContext::remote);
    service->header_rewrite_addresses = {*base::IpAddress::parse("127.0.0.9")};
    EXPECT_EQ(talk_for("192.0.2.8"), served);
    EXPECT_EQ(intake.committed.back().envelope.header_context, mail::Envelope::HeaderContext::local) << "the proxy is on this host";
}

TEST_F(SessionProxy, forwarded_names_are_remembered_for_one_message_and_change_no_right) {
    const std::string message = "MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n.\r\n";
    talk_as("127.0.0.9", "EHLO p\r\nXFORWARD NAME=orig.example ADDR=192.0.2.9 HELO=orig PROTO=SMTP\r\n" + message + message + "QUIT\r\n");
    ASSERT_EQ(intake.committed.size(), 2U);
    EXPECT_EQ(intake.committed[0].envelope.origin.client_name, "orig.example");
    EXPECT_EQ(intake.committed[0].envelope.origin.helo_name, "orig");
    EXPECT_EQ(intake.committed[1].envelope.origin.client_address, "127.0.0.9");
    EXPECT_NE(intake.committed[0].content.find("[127.0.0.9]"), std::string::npos);
}

TEST_F(SessionProxy, the_log_says_whom_a_message_was_forwarded_for) {
    const std::string message = "MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n.\r\n";
    talk_as("127.0.0.9", "EHLO p\r\nXFORWARD NAME=orig.example ADDR=192.0.2.9 PORT=77\r\nXFORWARD IDENT=4AB\r\n" + message + message + "QUIT\r\n");
    EXPECT_TRUE(events.has("client=unknown[127.0.0.9] orig_queue_id=4AB orig_client=orig.example[192.0.2.9]!"));
    EXPECT_TRUE(events.has("client=unknown[127.0.0.9] orig_queue_id= orig_client=!")) << "once";
}

TEST_F(SessionProxy, strangers_may_claim_nothing) {
    EXPECT_EQ(codes(talk_as("127.0.0.8", "EHLO p\r\nXCLIENT ADDR=192.0.2.7\r\nXFORWARD NAME=x\r\nQUIT\r\n")), (Codes{"220", "250", "550", "550", "221"}));
}

TEST_F(SessionProxy, behind_a_load_balancer_the_header_says_who_it_is) {
    settings.smtpd_upstream_proxy_protocol = SmtpdSettings::UpstreamProxy::haproxy;
    const std::string said = talk("PROXY TCP4 192.0.2.7 198.51.100.2 4711 25\r\nEHLO c\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n.\r\nQUIT\r\n");
    EXPECT_EQ(codes(said), (Codes{"220", "250", "250", "250", "354", "250", "221"}));
    ASSERT_EQ(intake.committed.size(), 1U);
    EXPECT_EQ(intake.committed[0].envelope.origin.client_address, "192.0.2.7");
    EXPECT_NE(intake.committed[0].content.find("(unknown [192.0.2.7])"), std::string::npos);
}

TEST_F(SessionProxy, a_load_balancer_that_speaks_for_itself_is_the_client) {
    settings.smtpd_upstream_proxy_protocol = SmtpdSettings::UpstreamProxy::haproxy;
    const std::string local("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0", 16);
    talk(local + "EHLO c\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n.\r\nQUIT\r\n");
    ASSERT_EQ(intake.committed.size(), 1U);
    EXPECT_EQ(intake.committed[0].envelope.origin.client_address, "127.0.0.9");
}

TEST_F(SessionProxy, without_the_header_nobody_is_served) {
    settings.smtpd_upstream_proxy_protocol = SmtpdSettings::UpstreamProxy::haproxy;
    EXPECT_EQ(talk("EHLO c\r\nMAIL FROM:<a@example.org>\r\n"), "421 4.3.0 mx.example.net Server local error\r\n");
    EXPECT_TRUE(events.has("haproxy read: unrecognized protocol header: EHLO c"));
    EXPECT_TRUE(events.has("disconnect commands=0/0"));
}

TEST_F(SessionProxy, limits_count_those_behind_the_load_balancer) {
    settings.smtpd_upstream_proxy_protocol = SmtpdSettings::UpstreamProxy::haproxy;
    settings.smtpd_client_connection_rate_limit = 1;
    const auto from = [](const std::string& client) { return "PROXY TCP4 " + client + " 198.51.100.2 4711 25\r\nQUIT\r\n"; };
    EXPECT_EQ(codes(talk(from("192.0.2.7"))), (Codes{"220", "221"}));
    EXPECT_EQ(codes(talk(from("192.0.2.8"))), (Codes{"220", "221"}));
    EXPECT_EQ(codes(talk(from("192.0.2.7"))), (Codes{"421"}));
}

}  // namespace posthouse::receive
