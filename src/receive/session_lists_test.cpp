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

TEST_F(SessionLists, what_a_list_discards_no_other_refuses) {
    const std::string discards = "smtpd_sender_restrictions = check_sender_access static:DISCARD\n";
    const std::string refuses = "smtpd_recipient_restrictions = reject\nsmtpd_data_restrictions = reject\nsmtpd_end_of_data_restrictions = reject\n";
    const std::string to_nobody = "EHLO c.example\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<unknown@example.net>\r\nRCPT TO:<b@example.net>\r\nDATA\r\nx\r\n.\r\nQUIT\r\n";
    for (const bool delays : {true, false}) {
        settings.smtpd_delay_reject = delays;
        EXPECT_EQ(codes(talk_with(discards + refuses, to_nobody)), (Codes{"220", "250", "250", "250", "250", "354", "250", "221"}));
        ASSERT_FALSE(intake.committed.empty());
        EXPECT_TRUE(intake.committed.back().changes.discard);
    }
    EXPECT_EQ(last(talk_with(discards + "smtpd_client_restrictions = check_client_access static:DEFER_IF_PERMIT\n", "EHLO c\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nQUIT\r\n")).substr(0, 3), "450") << "but what was to be deferred is";
    EXPECT_EQ(codes(talk_with(discards + refuses, "EHLO c\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nRSET\r\nVRFY b@example.net\r\nQUIT\r\n")).at(5), "554") << "the next transaction is another";
}

TEST_F(SessionLists, behind_a_filter_nothing_is_held_or_discarded_and_judging_goes_on) {
    const std::string said = talk_with("smtpd_proxy_filter = 127.0.0.1:10026\nsmtpd_sender_restrictions = check_sender_access static:HOLD, check_sender_access static:DISCARD\nsmtpd_recipient_restrictions = reject\n",
                                       std::string(scripted::envelope) + "QUIT\r\n");
    EXPECT_EQ(last(said).substr(0, 3), "554");
    EXPECT_TRUE(events.has("with smtpd_proxy_filter specified, action HOLD is unavailable"));
    EXPECT_TRUE(events.has("with smtpd_proxy_filter specified, action DISCARD is unavailable"));
}

TEST_F(SessionLists, a_deferral_of_any_earlier_list_is_told_at_rcpt_whether_lists_wait_for_it_or_not) {
    const std::string to_rcpt = "EHLO c.example\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nQUIT\r\n";
    for (const bool delays : {true, false}) {
        settings.smtpd_delay_reject = delays;
        for (const std::string list : {"client", "helo", "sender"}) {
            const std::string deferring = "smtpd_" + list + "_restrictions = check_client_access {static:{DEFER_IF_PERMIT because of " + list + "}}\n";
            EXPECT_EQ(last(talk_with(deferring, to_rcpt)), "450 4.7.1 <unknown[127.0.0.9]>: Client host rejected: because of " + list);
            EXPECT_EQ(codes(talk_with(deferring, to_rcpt)), (Codes{"220", "250", "250", "450", "221"}));
            EXPECT_EQ(last(talk_with(deferring + "smtpd_recipient_restrictions = reject\n", to_rcpt)).substr(0, 3), "554");
        }
    }
}

TEST_F(SessionLists, the_first_deferral_is_the_one_that_is_told_and_each_helo_is_judged_anew) {
    settings.smtpd_delay_reject = false;
    const std::string helo = "smtpd_helo_restrictions = check_helo_access inline:{{bad.example=DEFER_IF_PERMIT}}\n";
    const std::string mail = "MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nQUIT\r\n";
    EXPECT_EQ(last(talk_with(helo, "EHLO bad.example\r\n" + mail)), "450 4.7.1 <bad.example>: Helo command rejected: Service unavailable");
    EXPECT_EQ(last(talk_with(helo, "EHLO bad.example\r\nEHLO good.example\r\n" + mail)).substr(0, 3), "250");
    EXPECT_EQ(last(talk_with(helo + "smtpd_client_restrictions = defer_if_permit\n", "EHLO bad.example\r\n" + mail)), "450 4.7.0 <unknown[127.0.0.9]>: Client host rejected: defer_if_permit requested");
    EXPECT_EQ(last(talk_with("smtpd_client_restrictions = defer_if_permit\n", mail)), "450 4.7.0 <unknown[127.0.0.9]>: Client host rejected: defer_if_permit requested") << "without HELO";
}

TEST_F(SessionLists, a_refusal_is_softened_by_its_own_stage_only) {
    const std::string to_nobody = "EHLO c.example\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<unknown@example.net>\r\nQUIT\r\n";
    EXPECT_EQ(last(talk_with("smtpd_sender_restrictions = defer_if_reject\n", to_nobody)).substr(0, 3), "550");
    EXPECT_EQ(last(talk_with("smtpd_sender_restrictions = defer_if_reject\nsmtpd_recipient_restrictions = reject\n", to_nobody)).substr(0, 3), "554");
    EXPECT_EQ(last(talk_with("smtpd_recipient_restrictions = defer_if_reject\n", to_nobody)), "450 4.7.0 <unknown@example.net>: Recipient address rejected: defer_if_reject requested");
}

TEST_F(SessionLists, etrn_waits_for_the_lists_before_it_too) {
    for (const bool delays : {true, false}) {
        settings.smtpd_delay_reject = delays;
        EXPECT_EQ(last(talk_with("smtpd_client_restrictions = defer_if_permit\n", "EHLO c.example\r\nETRN example.net\r\nQUIT\r\n")).substr(0, 3), "450");
    }
    settings.smtpd_delay_reject = true;
    EXPECT_EQ(last(talk_with("smtpd_helo_restrictions = reject\n", "EHLO c.example\r\nETRN example.net\r\nQUIT\r\n")), "554 5.7.1 <c.example>: Helo command rejected: Access denied");
}

}  // namespace posthouse::receive
