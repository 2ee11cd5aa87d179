// smtpd_discard_ehlo_keywords and smtpd_discard_ehlo_keyword_address_maps.
#include "receive/scripted_session_test.hpp"

namespace posthouse::receive {

class SessionKeywords : public scripted::ScriptedSession {
protected:
    class AnyPassword final : public sasl::SaslBackend, public sasl::SaslConversation {
    public:
        world::Task<base::Result<std::vector<sasl::Mechanism>>> mechanisms(world::Deadline) override { co_return std::vector<sasl::Mechanism>{}; }
        std::unique_ptr<sasl::SaslConversation> begin(sasl::AuthRequest) override { return std::make_unique<AnyPassword>(); }
        world::Task<sasl::Step> start(world::Deadline) override { co_return sasl::Step{.kind = sasl::Step::Kind::success, .text = {}, .user = "joe"}; }
        world::Task<sasl::Step> step(std::string, world::Deadline deadline) override { return start(deadline); }
    };

    SessionKeywords() {
        settings.smtpd_tls_security_level = SmtpdSettings::TlsLevel::may;
        settings.smtpd_sasl_auth_enable = true;
    }
    // What a client says to a service that has everything, with `table` for smtpd_discard_ehlo_keyword_address_maps.
    std::string talk_with(const std::string& table, std::string_view input) {
        auto service = std::make_shared<SmtpdService>(*make_service());
        service->sasl = std::make_shared<AnyPassword>();
        if (!table.empty()) {
            files.put("/keywords", table);
            service->discard_ehlo_keyword_maps = std::make_shared<const tables::MapList>(tables::MapList::open("texthash:" + path, {files}));
        }
        service->xclient_hosts = std::make_shared<const tables::MatchList>(tables::MatchList::open_addresses("127.0.0.9", tables::ParentDomains::dot_prefix, {files}));
        scripted::Wire wire;
        wire.input.emplace_back(input);
        tasks.spawn(serve(service, doors(), wire));
        EXPECT_EQ(tasks.size(), 0U);
        return wire.sent;
    }
    std::string path = "/keywords";
};

constexpr std::string_view everything = "STARTTLS\r\nAUTH PLAIN AHgAeQ==\r\nMAIL FROM:<a@example.org> SMTPUTF8\r\nMAIL FROM:<a@example.org> RET=HDRS\r\nMAIL FROM:<a@example.org>\r\n"
                                        "RCPT TO:<b@example.net> NOTIFY=NEVER\r\nRCPT TO:<b@example.net>\r\nBDAT 1 LAST\r\nx";

TEST_F(SessionKeywords, what_is_hidden_cannot_be_used_without_ehlo_either) {
    const SessionKeywords::Codes refused{"502", "503", "555", "501", "250", "501", "250", "521"};
    for (const std::string greeting : {"", "HELO c.example\r\n", "EHLO c.example\r\n"}) {
        Codes expected{"220"};
        expected.insert(expected.end(), greeting.empty() ? 0 : 1, "250");
        expected.insert(expected.end(), refused.begin(), refused.end());
        EXPECT_EQ(codes(talk_with("127.0.0.9 starttls, auth, smtputf8, dsn, chunking\n", greeting + std::string(everything))), expected) << greeting;
    }
    settings.smtpd_discard_ehlo_keywords = smtp::parse_ehlo_keywords("starttls, auth, smtputf8, dsn, chunking").value();
    EXPECT_EQ(codes(talk_with("", "HELO c.example\r\n" + std::string(everything))), (Codes{"220", "250", "502", "503", "555", "501", "250", "501", "250", "521"}));
}

TEST_F(SessionKeywords, an_entry_for_the_client_replaces_what_is_hidden_from_all) {
    settings.smtpd_discard_ehlo_keywords = smtp::parse_ehlo_keywords("starttls, auth").value();
    EXPECT_EQ(codes(talk_with("127.0.0.9 silent-discard\n", "HELO c.example\r\nSTARTTLS\r\nAUTH PLAIN AHgAeQ==\r\nQUIT\r\n")), (Codes{"220", "250", "454", "235", "221"}));
    EXPECT_EQ(codes(talk_with("127.0.0.8 silent-discard\n", "HELO c.example\r\nSTARTTLS\r\nAUTH PLAIN AHgAeQ==\r\nQUIT\r\n")), (Codes{"220", "250", "502", "503", "221"}));
}

TEST_F(SessionKeywords, a_proxys_client_has_its_own) {
    const std::string xclient = "EHLO p\r\nXCLIENT ADDR=192.0.2.7\r\nHELO c.example\r\nAUTH PLAIN AHgAeQ==\r\nQUIT\r\n";
    EXPECT_EQ(codes(talk_with("192.0.2.7 auth\n", xclient)), (Codes{"220", "250", "220", "250", "503", "221"}));
    EXPECT_EQ(codes(talk_with("127.0.0.9 auth\n", xclient)), (Codes{"220", "250", "220", "250", "235", "221"}));
}

TEST_F(SessionKeywords, a_table_that_cannot_answer_serves_nobody_for_now) {
    path = "/missing";
    EXPECT_EQ(talk_with("127.0.0.9 auth\n", "HELO c.example\r\nQUIT\r\n"), "421 4.3.0 mx.example.net Server local data error\r\n");
    EXPECT_TRUE(events.has("smtpd_discard_ehlo_keyword_address_maps cannot say what unknown[127.0.0.9] may use"));
}

}  // namespace posthouse::receive
