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

}  // namespace posthouse::receive
