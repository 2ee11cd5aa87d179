// One message through cleanup: what checks and milters together make of it, and what its client or its sender hears.
#include "cleanup/cleanup_rig_test.hpp"
#include "cleanup/envelope_changes.hpp"

namespace posthouse::cleanup {

using checks::testing::set_of;
using rig::ScriptedMilters;
using Lines = std::vector<std::string>;
using CleanupTest = rig::CleanupTest;
using Queue = mail::QueueName;

constexpr std::string_view by_client = " from c[192.0.2.1]; from=<s@x.example> to=<r@y.example> proto=ESMTP helo=<h>";

TEST_F(CleanupTest, a_message_that_nobody_minds_is_committed_as_it_is) {
    asks_milters = true;
    ASSERT_TRUE(send());
    ASSERT_EQ(spool.stored.size(), 1U);
    EXPECT_EQ(spool.stored[0].content, "Subject: s\r\nMessage-Id: <1@x>\r\n\r\nbody\r\n");
    EXPECT_EQ(spool.stored[0].queue, Queue::active);
    EXPECT_EQ(spool.stored[0].envelope.size.count, spool.stored[0].content.size());
    EXPECT_FALSE(spool.stored[0].along);
    EXPECT_EQ(admitted, 1U);
    EXPECT_EQ(milters.asked, 1U);
    EXPECT_EQ(events.lines, Lines{});
}

TEST_F(CleanupTest, what_is_to_be_durable_with_a_message_goes_into_its_commit) {
    along = mail::SpoolUpdate{.id = mail::QueueId{7}};
    ASSERT_TRUE(send());
    ASSERT_TRUE(spool.stored.at(0).along);
    EXPECT_EQ(spool.stored[0].along->id, mail::QueueId{7});
}

TEST_F(CleanupTest, what_access_lists_want_done_with_a_message_is_done_when_it_has_ended) {
    changes.hold = true;
    changes.filter = "scan:[127.0.0.1]:10025";
    changes.bcc = {"copy"};
    ASSERT_TRUE(send());
    EXPECT_EQ(spool.stored.at(0).queue, Queue::hold);
    EXPECT_EQ(spool.stored[0].envelope.content_filter, "scan:[127.0.0.1]:10025");
    EXPECT_EQ(recipients(), (std::vector<std::string>{"r@y.example", "copy@origin.example"}));
    EXPECT_FALSE(spool.stored[0].envelope.recipients[1].notify.never);
}

TEST_F(CleanupTest, a_redirection_of_an_access_list_is_for_copies_too) {
    to("other@y.example");
    changes.redirect = "boss";
    changes.bcc = {"copy"};
    ASSERT_TRUE(send());
    EXPECT_EQ(recipients(), std::vector<std::string>{"boss@origin.example"});
}

TEST_F(CleanupTest, a_message_that_an_access_list_discards_is_gone_and_no_milter_sees_it) {
    asks_milters = true;
    changes.discard = true;
    EXPECT_TRUE(send());
    EXPECT_EQ(milters.asked, 0U);
    EXPECT_EQ(spool.discarded, 1U);
    EXPECT_TRUE(spool.stored.empty());
}

TEST_F(CleanupTest, a_check_has_the_last_word_on_filter_and_redirection) {
    settings.checks = set_of({.header = "/^Subject/ FILTER own:x\n/^Message-Id/ REDIRECT own@y.example\n"});
    changes.filter = "scan:x";
    changes.redirect = "boss@y.example";
    ASSERT_TRUE(send());
    EXPECT_EQ(spool.stored.at(0).envelope.content_filter, "own:x");
    EXPECT_EQ(recipients(), std::vector<std::string>{"own@y.example"});
}

TEST_F(CleanupTest, a_message_that_was_discarded_before_it_came_is_not_checked) {
    settings.checks = set_of({.header = "/^Subject/ REJECT no subjects\n"});
    envelope.disposition = mail::Envelope::Disposition::discard;
    EXPECT_TRUE(send());
    EXPECT_EQ(spool.discarded, 1U);
}

TEST_F(CleanupTest, a_check_that_rejects_wins_over_milters_which_are_not_asked) {
    asks_milters = true;
    settings.checks = set_of({.header = "/^Subject/ REJECT no subjects\n"});
    const Finished finished = send();
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error().reason, Reason::rejected);
    EXPECT_EQ(finished.error().text, "5.7.1 no subjects");
    EXPECT_EQ(milters.asked, 0U);
    EXPECT_TRUE(spool.stored.empty());
    EXPECT_TRUE(notifier.told.empty());  // its client hears of it
    EXPECT_EQ(events.lines, Lines{"reject: header Subject: s" + std::string(by_client) + ": 5.7.1 no subjects"});
}

TEST_F(CleanupTest, a_check_that_discards_wins_over_milters_and_its_client_hears_of_success) {
    asks_milters = true;
    settings.checks = set_of({.header = "/^Subject/ DISCARD\n"});
    EXPECT_TRUE(send());
    EXPECT_EQ(milters.asked, 0U);
    EXPECT_EQ(spool.discarded, 1U);
    EXPECT_TRUE(spool.stored.empty());
    EXPECT_EQ(admitted, 0U);
    EXPECT_EQ(events.lines, Lines{"discard: header Subject: s" + std::string(by_client)});
}

TEST_F(CleanupTest, a_message_that_a_check_holds_stays_on_hold_whatever_milters_say_and_the_hold_is_logged_once) {
    asks_milters = true;
    settings.checks = set_of({.header = "/^Subject/ HOLD look at it\n"});
    for (const auto kind : {mail::MilterAnswer::Kind::go_on, mail::MilterAnswer::Kind::hold}) {
        spool.stored.clear();
        events.lines.clear();
        milters.answer = [kind](mail::MessageUnderReview&) { return mail::MilterAnswer{kind}; };
        ASSERT_TRUE(send());
        EXPECT_EQ(spool.stored.at(0).queue, Queue::hold);
        EXPECT_EQ(events.lines, Lines{"hold: header Subject: s" + std::string(by_client) + ": look at it"});
    }
}

TEST_F(CleanupTest, a_milter_holds_a_message_that_checks_let_pass) {
    asks_milters = true;
    milters.answer = [](mail::MessageUnderReview&) { return mail::MilterAnswer{mail::MilterAnswer::Kind::hold}; };
    ASSERT_TRUE(send());
    EXPECT_EQ(spool.stored.at(0).queue, Queue::hold);
    EXPECT_EQ(events.lines, Lines{"milter-hold: END-OF-MESSAGE from c[192.0.2.1]: milter triggers HOLD action; from=<s@x.example> to=<r@y.example> proto=ESMTP helo=<h>"});
}

TEST_F(CleanupTest, a_milter_that_refuses_or_discards_wins_over_a_check_that_holds) {
    asks_milters = true;
    settings.checks = set_of({.header = "/^Subject/ HOLD\n"});
    milters.answer = [](mail::MessageUnderReview&) { return mail::MilterAnswer{mail::MilterAnswer::Kind::discard}; };
    EXPECT_TRUE(send());
    EXPECT_EQ(spool.discarded, 1U);
    milters.answer = [](mail::MessageUnderReview&) { return ScriptedMilters::refuse(554, "5.7.9 no"); };
    const Finished finished = send();
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error().reason, Reason::rejected);
    EXPECT_EQ(finished.error().reply->code, 554);
    EXPECT_TRUE(spool.stored.empty());
    EXPECT_EQ(admitted, 0U);
}

TEST_F(CleanupTest, a_milters_refusal_for_now_is_told_and_logged_in_its_words) {
    asks_milters = true;
    milters.answer = [](mail::MessageUnderReview&) { return ScriptedMilters::refuse(451, "4.7.1 later"); };
    const Finished finished = send();
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error().reason, Reason::rejected_for_now);
    EXPECT_EQ(finished.error().text, "4.7.1 later");
    EXPECT_EQ(events.lines, Lines{"milter-reject: END-OF-MESSAGE from c[192.0.2.1]: 4.7.1 later; from=<s@x.example> to=<r@y.example> proto=ESMTP helo=<h>"});
}

TEST_F(CleanupTest, milters_see_what_checks_made_of_the_message_and_have_the_last_word) {
    asks_milters = true;
    settings.checks = set_of({.header = "/^Subject: (.*)/ REPLACE Subject: [$1]\n/^X-Copy/ BCC copy@z.example\n/^X-Gone/ IGNORE\n"});
    milters.answer = [](mail::MessageUnderReview& message) {
        EXPECT_EQ(message.envelope().recipients.size(), 2U);
        EXPECT_EQ(message.field_count(), 3U);
        EXPECT_EQ(message.field(0).text, "Subject: [s]\r\n");
        rig::run(message.change_field(1, "Subject", "Subject: twice"));
        message.delete_recipient("copy@z.example");
        message.add_recipient("<more@z.example>", "");
        message.add_recipient("<r@y.example>", "");  // is there already
        return mail::MilterAnswer{};
    };
    ASSERT_TRUE(send("Subject: s\r\nX-Copy: 1\r\nX-Gone: 1\r\nMessage-Id: <1@x>\r\n\r\nbody\r\n"));
    EXPECT_EQ(spool.stored.at(0).content, "Subject: twice\r\nX-Copy: 1\r\nMessage-Id: <1@x>\r\n\r\nbody\r\n");
    EXPECT_EQ(spool.stored[0].envelope.size.count, spool.stored[0].content.size());
    EXPECT_EQ(recipients(), (Lines{"r@y.example", "more@z.example"}));
}

TEST_F(CleanupTest, fields_of_milters_are_checked_and_what_the_checks_decide_comes_first) {
    asks_milters = true;
    settings.milter_header_checks = set_of({.header = "/^X-Seen: (.*)/ REPLACE X-Seen: [$1]\n/^X-No/ IGNORE\n/^X-Bad/ REJECT 5.7.9 spam\n"}).header;
    std::string last = "X-No: 1";
    milters.answer = [&last](mail::MessageUnderReview& message) {
        rig::run(message.add_field("X-Seen: 1"));
        rig::run(message.add_field(last));
        EXPECT_EQ(message.is_decided(), last == "X-Bad: 1");
        return last == "X-Bad: 1" ? ScriptedMilters::refuse(451, "4.7.1 later") : mail::MilterAnswer{};
    };
    ASSERT_TRUE(send("X-No: of the client\r\nMessage-Id: <1@x>\r\n\r\nbody\r\n"));
    EXPECT_EQ(spool.stored.at(0).content, "X-No: of the client\r\nMessage-Id: <1@x>\r\nX-Seen: [1]\r\n\r\nbody\r\n");
    last = "X-Bad: 1";
    const Finished finished = send();
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error().text, "5.7.9 spam");
    EXPECT_EQ(events.lines.back(), "milter-header-reject: header X-Bad: 1 from c[192.0.2.1]; from=<s@x.example> to=<r@y.example> proto=ESMTP helo=<h>: 5.7.9 spam");
}

TEST_F(CleanupTest, a_message_that_milters_leave_no_recipient_is_dropped_with_a_line_in_the_log) {
    asks_milters = true;
    milters.answer = [](mail::MessageUnderReview& message) {
        message.delete_recipient("r@y.example");
        return mail::MilterAnswer{};
    };
    EXPECT_TRUE(send());
    EXPECT_TRUE(spool.stored.empty());
    EXPECT_EQ(events.lines, Lines{"info: no recipient is left after milters: message dropped"});
}

TEST_F(CleanupTest, more_recipients_of_milters_than_a_message_may_have_put_it_off) {
    asks_milters = true;
    settings.duplicate_filter_limit = 10;
    std::size_t added = recipients_max - 1;
    milters.answer = [&added](mail::MessageUnderReview& message) {
        for (std::size_t i = 0; i < added; ++i) {
            message.add_recipient("m" + std::to_string(i) + "@z.example", "");
        }
        return mail::MilterAnswer{};
    };
    ASSERT_TRUE(send());
    EXPECT_EQ(spool.stored.at(0).envelope.recipients.size(), recipients_max);
    ++added;
    const Finished finished = send();
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error().reason, Reason::spool_failure);  // 451
    EXPECT_EQ(spool.stored.size(), 1U);
    EXPECT_EQ(events.lines, Lines{"warning: a milter makes the message have more than 50000 recipients"});
}

TEST_F(CleanupTest, more_recipients_of_aliases_than_a_message_may_have_put_it_off_although_each_alias_keeps_to_its_own_limit) {
    envelope.recipients.clear();
    settings.duplicate_filter_limit = 10;
    constexpr std::size_t each = 1000;
    for (std::size_t list = 0; list < recipients_max / each; ++list) {
        std::vector<std::string>& members = router.aliases["list" + std::to_string(list) + "@y.example"];
        for (std::size_t i = 0; i < each; ++i) {
            members.push_back(std::to_string(list) + "." + std::to_string(i) + "@z.example");
        }
        to("list" + std::to_string(list) + "@y.example");
    }
    ASSERT_TRUE(send());
    EXPECT_EQ(spool.stored.at(0).envelope.recipients.size(), recipients_max);
    to("r@y.example");
    const Finished finished = send();
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error().reason, Reason::rejected_for_now);
    EXPECT_EQ(finished.error().reply->code, 451);
    EXPECT_EQ(events.lines, Lines{"warning: virtual_alias_maps make the message have more than 50000 recipients -- message not accepted, try again later"});
    EXPECT_EQ(spool.stored.size(), 1U);
}

TEST_F(CleanupTest, a_message_whose_client_named_more_is_not_put_off_because_there_are_aliases) {
    settings.duplicate_filter_limit = 10;
    router.aliases["a@y.example"] = {"b@y.example"};
    for (std::size_t i = 0; i < recipients_max; ++i) {
        to(std::to_string(i) + "@y.example");
    }
    ASSERT_TRUE(send());
    EXPECT_EQ(spool.stored.at(0).envelope.recipients.size(), recipients_max + 1);
}

// Local mail: nobody waits for a reply.

TEST_F(CleanupTest, local_mail_that_a_check_rejects_goes_back_to_its_sender_whole) {
    make_local();
    to("q@y.example");
    settings.checks = set_of({.header = "/^Subject/ REJECT no subjects\n"});
    const Finished finished = send("Subject: s\r\nMessage-Id: <1@x>\r\nX-More: 1\r\n\r\nbody\r\nand its end\r\n");
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error().reason, Reason::returned);
    ASSERT_EQ(notifier.told.size(), 1U);
    const auto& [notice, content] = notifier.told[0];
    EXPECT_EQ(notice.kind, mail::NotificationKind::failure);
    EXPECT_EQ(notice.envelope->reverse_path.address(), "s@x.example");
    ASSERT_EQ(notice.entries.size(), 2U);
    EXPECT_EQ(notice.entries[1].recipient.address, "q@y.example");
    EXPECT_EQ(notice.entries[1].outcome.kind, mail::Outcome::Kind::bounced);
    EXPECT_EQ(notice.entries[1].outcome.status, "5.7.1");
    EXPECT_EQ(notice.entries[1].outcome.text, "no subjects");
    EXPECT_TRUE(content.ends_with("X-More: 1\r\n\r\nbody\r\nand its end\r\n")) << content;
    EXPECT_EQ(notice.envelope->size.count, content.size());
    EXPECT_EQ(events.lines, (Lines{"reject: header Subject: s from local; from=<s@x.example> to=<q@y.example>: 5.7.1 no subjects",
                                   "to=<r@y.example> relay=none 5.7.1 bounced (no subjects)", "to=<q@y.example> relay=none 5.7.1 bounced (no subjects)"}));
    EXPECT_TRUE(spool.stored.empty());
    EXPECT_EQ(admitted, 0U);
}

TEST_F(CleanupTest, local_mail_that_a_body_check_rejects_at_its_last_line_goes_back_whole) {
    make_local();
    settings.checks = set_of({.body = "/^bad/ REJECT\n"});
    ASSERT_FALSE(send("Subject: s\r\nMessage-Id: <1@x>\r\n\r\ngood\r\nbad"));
    ASSERT_EQ(notifier.told.size(), 1U);
    EXPECT_EQ(notifier.told[0].notification.entries.at(0).outcome.text, "message content rejected");
    EXPECT_TRUE(notifier.told[0].content.starts_with("Subject: s\r\nMessage-Id: <1@x>\r\n")) << notifier.told[0].content;
    EXPECT_NE(notifier.told[0].content.find("\r\n\r\ngood\r\n"), std::string::npos);
}

TEST_F(CleanupTest, local_mail_that_a_milter_refuses_goes_back_with_the_milters_words) {
    make_local();
    ask_milters_of_local_mail();
    for (const std::string content : {"Subject: s\r\nMessage-Id: <1@x>\r\n\r\nbody\r\n", "Subject: s\r\nMessage-Id: <1@x>\r\n"}) {
        notifier.told.clear();
        milters.answer = [](mail::MessageUnderReview&) { return ScriptedMilters::refuse(550, "5.7.20 spam"); };
        const Finished finished = send(content);
        ASSERT_FALSE(finished);
        EXPECT_EQ(finished.error().reason, Reason::returned);
        ASSERT_EQ(notifier.told.size(), 1U);
        EXPECT_EQ(notifier.told[0].notification.entries.at(0).outcome.status, "5.7.20");
        EXPECT_EQ(notifier.told[0].notification.entries[0].outcome.text, "spam");
        EXPECT_TRUE(notifier.told[0].content.starts_with("Subject: s\r\nMessage-Id: <1@x>\r\n")) << notifier.told[0].content;
        EXPECT_EQ(notifier.told[0].content.ends_with("\r\n\r\nbody\r\n"), content.ends_with("body\r\n"));
    }
    EXPECT_EQ(events.lines.at(1), "to=<r@y.example> relay=none 5.7.20 bounced (spam)");
}

TEST_F(CleanupTest, local_mail_that_a_check_rejects_before_milters_see_it_goes_back_whole) {
    make_local();
    ask_milters_of_local_mail();
    settings.checks = set_of({.header = "/^Subject/ REJECT\n"});
    ASSERT_FALSE(send());
    EXPECT_EQ(milters.asked, 0U);
    ASSERT_EQ(notifier.told.size(), 1U);
    EXPECT_TRUE(notifier.told[0].content.ends_with("\r\n\r\nbody\r\n")) << notifier.told[0].content;
}

TEST_F(CleanupTest, local_mail_that_runs_in_circles_goes_back) {
    make_local();
    settings.hopcount_limit = 2;
    ASSERT_FALSE(send("Received: a\r\nReceived: b\r\nMessage-Id: <1@x>\r\n\r\nbody\r\n"));
    ASSERT_EQ(notifier.told.size(), 1U);
    EXPECT_EQ(notifier.told[0].notification.entries.at(0).outcome.status, "5.4.0");
    EXPECT_EQ(notifier.told[0].notification.entries[0].outcome.text, "too many hops");
}

TEST_F(CleanupTest, of_mail_that_nobody_can_be_told_of_nobody_is) {
    make_local();
    settings.checks = set_of({.header = "/^Subject/ REJECT\n"});
    envelope.reverse_path = {};
    const Finished finished = send();
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error().reason, Reason::rejected);
    EXPECT_TRUE(notifier.told.empty());
}

TEST_F(CleanupTest, local_mail_that_may_be_welcome_later_is_not_returned) {
    make_local();
    settings.checks = set_of({.header = "/^Subject/ REJECT 4.2.0 later\n"});
    const Finished finished = send();
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error().reason, Reason::rejected_for_now);
    EXPECT_TRUE(notifier.told.empty());
}

TEST_F(CleanupTest, local_mail_whose_notice_cannot_be_written_is_to_come_again) {
    make_local();
    settings.checks = set_of({.header = "/^Subject/ REJECT\n"});
    notifier.refuses = true;
    const Finished finished = send();
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error().reason, Reason::spool_failure);
    EXPECT_EQ(events.lines.back(), "warning: cannot return it to its sender, try again later: disk full");
}

TEST_F(CleanupTest, of_refused_local_mail_no_more_is_kept_than_a_message_may_have) {
    make_local();
    settings.message_size_limit = {200};
    settings.checks = set_of({.header = "/^Subject/ REJECT\n"});
    const Finished finished = send("Subject: s\r\nMessage-Id: <1@x>\r\n\r\n" + std::string(5000, 'x') + "\r\n");
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error().reason, Reason::returned);
    EXPECT_LT(notifier.told.at(0).content.size(), 300U);
}

TEST_F(CleanupTest, a_milter_makes_no_message_larger_than_message_size_limit_and_the_client_hears_that_it_is_too_big) {
    asks_milters = true;
    settings.message_size_limit = {200};
    for (const std::size_t size : {200U, 201U}) {
        spool.stored.clear();
        milters.answer = [size](mail::MessageUnderReview& message) {
            message.begin_body();
            rig::run(message.append_body(std::string(size, 'x')));
            return message.has_failed() ? ScriptedMilters::refuse(451, "4.7.1 Service unavailable") : mail::MilterAnswer{};
        };
        const Finished finished = send();
        EXPECT_EQ(finished.has_value(), size <= 200) << size;
        EXPECT_EQ(spool.stored.size(), size <= 200 ? 1U : 0U) << size;
        if (!finished) {
            EXPECT_EQ(finished.error().reason, Reason::message_too_big);
        }
    }
}

}  // namespace posthouse::cleanup
