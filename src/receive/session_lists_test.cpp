// What access lists decide in a session: about its commands, and about the message.
#include "receive/restrictions/restriction.hpp"
#include "receive/scripted_session_test.hpp"

namespace posthouse::receive {

class SessionLists : public scripted::ScriptedSession {
protected:
    /// `main_cf` has the lists and what they are about.
    std::string talk_with(std::string_view main_cf, std::string_view input) {
        const config::View view = config::View::of(main_cf);
        auto service = std::make_shared<SmtpdService>(*make_service());
        const tables::OpenContext open{files};
        RestrictionContext context{service->settings, nullptr, {}, router, resolver, clock, open, "", true, view, [this](std::string_view text) { events.warn("smtpd", text); }};
        const std::pair<std::string_view, RestrictionList SmtpdService::*> lists[] = {
            {"smtpd_client_restrictions", &SmtpdService::client},       {"smtpd_helo_restrictions", &SmtpdService::helo},
            {"smtpd_sender_restrictions", &SmtpdService::sender},       {"smtpd_recipient_restrictions", &SmtpdService::recipient},
            {"smtpd_data_restrictions", &SmtpdService::data},           {"smtpd_end_of_data_restrictions", &SmtpdService::end_of_data},
            {"smtpd_etrn_restrictions", &SmtpdService::etrn}};
        for (const auto& [name, list] : lists) {
            (*service).*list = RestrictionList::parse(name, view.list(name), context, [](const std::string& text) { ADD_FAILURE() << text; });
        }
        scripted::Wire wire;
        wire.input.emplace_back(input);
        wire.clock = &clock;
        tasks.spawn(serve(service, doors(), wire));
        EXPECT_EQ(tasks.size(), 0U);
        return wire.sent;
    }
    /// The reply to the last command before QUIT.
    static std::string last(const std::string& said) {
        const std::string before_quit = said.substr(0, said.rfind("221 "));
        const std::size_t end = before_quit.size() - 2;
        return before_quit.substr(before_quit.rfind('\n', end - 1) + 1, end - before_quit.rfind('\n', end - 1) - 1);
    }
};

const std::string message = std::string(scripted::envelope) + "DATA\r\nSubject: s\r\n\r\nbody\r\n.\r\n";

TEST_F(SessionLists, what_the_last_list_wants_done_with_the_message_is_done) {
    const std::string end_of_data = "smtpd_end_of_data_restrictions = check_client_access static:";
    talk_with(end_of_data + "HOLD\n", message);
    talk_with(end_of_data + "DISCARD\n", message);
    talk_with(end_of_data + "{REDIRECT boss@example.net}\n", message);
    talk_with(end_of_data + "{BCC copy@example.net}\n", message);
    talk_with(end_of_data + "{FILTER scan:[127.0.0.1]:10025}\n", message);
    ASSERT_EQ(intake.committed.size(), 5U);
    EXPECT_TRUE(intake.committed[0].changes.hold);
    EXPECT_TRUE(intake.committed[1].changes.discard);
    EXPECT_EQ(intake.committed[2].changes.redirect, "boss@example.net");
    EXPECT_EQ(intake.committed[3].changes.bcc, std::vector<std::string>{"copy@example.net"});
    EXPECT_EQ(intake.committed[4].changes.filter, "scan:[127.0.0.1]:10025");
    talk_with(end_of_data + "{PREPEND X-Late: yes}\n", message);
    EXPECT_TRUE(events.has("too late to add a header field"));
    EXPECT_EQ(intake.committed.at(5).content.find("X-Late"), std::string::npos);
}

TEST_F(SessionLists, what_earlier_lists_want_done_with_the_message_is_done_too) {
    talk_with("smtpd_sender_restrictions = check_sender_access static:{BCC copy@example.net}\nsmtpd_recipient_restrictions = check_recipient_access static:HOLD\n"
              "smtpd_data_restrictions = check_sender_access static:{PREPEND X-Early: yes}\n",
              message);
    ASSERT_EQ(intake.committed.size(), 1U);
    EXPECT_TRUE(intake.committed[0].changes.hold);
    EXPECT_EQ(intake.committed[0].changes.bcc, std::vector<std::string>{"copy@example.net"});
    EXPECT_EQ(intake.committed[0].envelope.recipients.size(), 1U);
    EXPECT_TRUE(intake.committed[0].content.starts_with("X-Early: yes\r\nReceived: "));
}

}  // namespace posthouse::receive
