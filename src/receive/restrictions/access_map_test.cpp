// check_*_access.
#include "receive/restrictions/restriction_fixture_test.hpp"

namespace posthouse::receive {
namespace {

using Kind = Verdict::Kind;

class AccessMap : public RestrictionTest {
protected:
    Outcome recipient(std::string address) {
        Facts known = facts();
        known.recipient = std::move(address);
        return evaluate("check_recipient_access texthash:/rcpt", known);
    }
    void SetUp() override {
        main_cf = "smtpd_restriction_classes = strict, tabled\nstrict = reject\ntabled = check_sender_access texthash:/senders\n";
        files.put("/senders", "example.org REJECT no senders\nnull@x OK\n<> 550 5.1.1 no null\n");
        files.put("/rcpt",
                  "r1@example.net REJECT\nr2@example.net REJECT with a text\nr3@example.net 550 5.7.0 own enhanced code\n"
                  "r4@example.net 450 try later\nr5@example.net DEFER not now\nr6@example.net DEFER_IF_PERMIT only maybe\n"
                  "class@example.net strict\ntabled@example.net tabled\nnum@example.net 12345\nok@example.net OK\n"
                  "warn@example.net WARN noted\ninfo@example.net INFO noted\nhold@example.net HOLD why not\nhold2@example.net HOLD\n"
                  "discard@example.net DISCARD gone\nprepend@example.net PREPEND X-Added: by access\n"
                  "list@example.net permit_sasl_authenticated, reject_unauth_destination\nnested@example.net check_sender_access texthash:/senders\n"
                  "typo@example.net rejct\nsub.example DUNNO\n.sub.example REJECT sub-domain\nuser@ REJECT any domain\n"
                  "route.example OK\nbare@mail.example.test REJECT completed\n");
    }
};

TEST_F(AccessMap, refuses_with_the_words_of_the_table) {
    EXPECT_EQ(recipient("r1@example.net").reply, "554 5.7.1 <r1@example.net>: Recipient address rejected: Access denied");
    EXPECT_EQ(recipient("r2@example.net").reply, "554 5.7.1 <r2@example.net>: Recipient address rejected: with a text");
    EXPECT_EQ(recipient("r3@example.net").reply, "550 5.7.0 <r3@example.net>: Recipient address rejected: own enhanced code");
    EXPECT_EQ(recipient("r4@example.net").reply, "450 4.7.1 <r4@example.net>: Recipient address rejected: try later");
    EXPECT_EQ(recipient("r5@example.net").reply, "450 4.7.1 <r5@example.net>: Recipient address rejected: not now");
    EXPECT_EQ(recipient("r6@example.net").reply, "450 4.7.1 <r6@example.net>: Recipient address rejected: only maybe");
    EXPECT_EQ(recipient("user@anything.example").reply, "554 5.7.1 <user@anything.example>: Recipient address rejected: any domain");
}

TEST_F(AccessMap, permits_or_leaves_it_to_others) {
    EXPECT_EQ(recipient("ok@example.net").kind, Kind::permit);
    EXPECT_EQ(recipient("num@example.net").kind, Kind::permit);
    EXPECT_EQ(recipient("x@a.sub.example").kind, Kind::dunno);
    EXPECT_EQ(recipient("nobody@example.net").kind, Kind::dunno);
}

TEST_F(AccessMap, an_address_without_domain_is_completed_for_the_lookup_only) {
    EXPECT_EQ(recipient("bare").reply, "554 5.7.1 <bare>: Recipient address rejected: completed");
}

TEST_F(AccessMap, remarks_do_not_decide) {
    const Outcome warn = recipient("warn@example.net");
    EXPECT_EQ(warn.kind, Kind::dunno);
    EXPECT_EQ(warn.remarks, std::vector<std::string>{"warn: noted"});
    const Outcome info = recipient("info@example.net");
    EXPECT_EQ(info.kind, Kind::dunno);
    EXPECT_EQ(info.remarks, std::vector<std::string>{"info: noted"});
}

TEST_F(AccessMap, holds_and_discards_messages) {
    const Outcome hold = recipient("hold@example.net");
    EXPECT_EQ(hold.kind, Kind::dunno);
    EXPECT_TRUE(hold.changes.hold);
    EXPECT_EQ(hold.remarks, std::vector<std::string>{"hold: <hold@example.net>: Recipient address why not"});
    EXPECT_EQ(recipient("hold2@example.net").remarks, std::vector<std::string>{"hold: <hold2@example.net>: Recipient address triggers HOLD action"});
    const Outcome discard = recipient("discard@example.net");
    EXPECT_EQ(discard.kind, Kind::permit);
    EXPECT_TRUE(discard.changes.discard);
    EXPECT_EQ(discard.remarks, std::vector<std::string>{"discard: <discard@example.net>: Recipient address gone"});
}

TEST_F(AccessMap, a_hold_without_a_message_is_skipped_with_a_warning) {
    files.put("/clients", "127 HOLD\n");
    Facts known = facts(Stage::client);
    known.sender.reset();
    const Outcome outcome = evaluate("check_client_access texthash:/clients", known);
    EXPECT_EQ(outcome.kind, Kind::dunno);
    EXPECT_FALSE(outcome.changes.hold);
    EXPECT_EQ(warnings.size(), 1u);
}

TEST_F(AccessMap, changes_of_the_message_are_noted_and_the_next_restriction_decides) {
    files.put("/changes", "a@x FILTER scan:[127.0.0.1]:10025\nb@x REDIRECT boss@example.net\nc@x BCC archive@example.net\nd@x PREPEND X-Added: by access\n");
    const auto outcome = [&](std::string address) {
        Facts known = facts();
        known.recipient = std::move(address);
        return evaluate("check_recipient_access texthash:/changes", known);
    };
    EXPECT_EQ(outcome("a@x").changes.filter, "scan:[127.0.0.1]:10025");
    EXPECT_EQ(outcome("a@x").kind, Kind::dunno);
    EXPECT_EQ(outcome("b@x").changes.redirect, "boss@example.net");
    EXPECT_EQ(outcome("b@x").remarks, std::vector<std::string>{"redirect: <b@x>: Recipient address triggers REDIRECT boss@example.net"});
    EXPECT_EQ(outcome("c@x").changes.bcc, std::vector<std::string>{"archive@example.net"});
    EXPECT_EQ(outcome("d@x").changes.prepend, std::vector<std::string>{"X-Added: by access"});
    EXPECT_TRUE(outcome("d@x").remarks.empty());
}

TEST_F(AccessMap, a_change_that_makes_no_sense_is_skipped_with_a_warning) {
    files.put("/changes", "a@x FILTER scan\nb@x REDIRECT boss\nc@x BCC\nd@x PREPEND no field\n");
    for (const char* address : {"a@x", "b@x", "c@x", "d@x"}) {
        warnings.clear();
        Facts known = facts();
        known.recipient = address;
        const Outcome outcome = evaluate("check_recipient_access texthash:/changes", known);
        EXPECT_EQ(outcome.kind, Kind::dunno);
        EXPECT_TRUE(outcome.changes.filter.empty() && outcome.changes.redirect.empty() && outcome.changes.bcc.empty() && outcome.changes.prepend.empty());
        EXPECT_EQ(warnings.size(), 1u) << address;
    }
}

TEST_F(AccessMap, a_value_may_be_a_class_or_a_list_of_restrictions) {
    EXPECT_EQ(recipient("class@example.net").reply, "554 5.7.1 <class@example.net>: Recipient address rejected: Access denied");
    EXPECT_EQ(recipient("tabled@example.net").reply, "554 5.7.1 <a@example.org>: Sender address rejected: no senders");
    EXPECT_EQ(recipient("list@example.net").reply, "554 5.7.1 <list@example.net>: Relay access denied");
}

TEST_F(AccessMap, a_value_may_not_open_a_table) {
    EXPECT_EQ(recipient("nested@example.net").reply, "451 4.3.5 Server configuration error");
    EXPECT_EQ(warnings.size(), 1u);
}

TEST_F(AccessMap, an_unknown_word_in_a_value_is_a_configuration_error) {
    EXPECT_EQ(recipient("typo@example.net").reply, "451 4.3.5 Server configuration error");
    EXPECT_EQ(warnings.size(), 1u);
}

TEST_F(AccessMap, an_ok_does_not_open_a_way_through_the_local_part) {
    EXPECT_EQ(recipient("x@route.example").kind, Kind::permit);
    EXPECT_EQ(recipient("x%elsewhere.example@route.example").kind, Kind::dunno);
    EXPECT_EQ(recipient("elsewhere.example!x@route.example").kind, Kind::dunno);
    main_cf += "allow_untrusted_routing = yes\n";
    EXPECT_EQ(recipient("x%elsewhere.example@route.example").kind, Kind::permit);
}

TEST_F(AccessMap, senders_have_the_null_key_and_statuses_of_their_own) {
    Facts null = facts(Stage::sender);
    null.sender = "";
    EXPECT_EQ(evaluate("check_sender_access texthash:/senders", null).reply, "550 5.1.0 <>: Sender address rejected: no null");
    EXPECT_EQ(evaluate("check_sender_access texthash:/senders").reply, "554 5.7.1 <a@example.org>: Sender address rejected: no senders");
}

TEST_F(AccessMap, clients_are_found_by_name_and_by_network) {
    files.put("/clients", "127.0.0 550 5.1.1 by network\nother.example REJECT by name\n");
    EXPECT_EQ(evaluate("check_client_access texthash:/clients").reply, "550 5.0.0 <client.example[127.0.0.9]>: Client host rejected: by network");
    Facts other = facts();
    other.client_name = "x.other.example";
    EXPECT_EQ(evaluate("check_client_access texthash:/clients", other).reply, "554 5.7.1 <x.other.example[127.0.0.9]>: Client host rejected: by name");
    other.client_name = "unknown";
    other.client_reverse_name = "y.other.example";
    EXPECT_EQ(evaluate("check_reverse_client_hostname_access texthash:/clients", other).reply,
              "554 5.7.1 <y.other.example>: Unverified Client host rejected: by name");
}

TEST_F(AccessMap, a_name_that_nobody_verified_opens_no_door) {
    files.put("/clients", "client.example OK\nlist.example permit\nnot.example DUNNO\ngone.example DISCARD\nlater.example later\n127.0.0.8 OK\n");
    const auto reverse = [&](std::string name) {
        Facts known = facts();
        known.client_name = "unknown";
        known.client_reverse_name = std::move(name);
        return evaluate("check_reverse_client_hostname_access texthash:/clients", known);
    };
    EXPECT_EQ(reverse("client.example").reply, "451 4.3.5 Server configuration error");
    EXPECT_EQ(warnings, std::vector<std::string>{"check_reverse_client_hostname_access texthash:/clients: OK is not allowed here, use DUNNO for an exception"});
    EXPECT_EQ(reverse("list.example").reply, "451 4.3.5 Server configuration error");
    EXPECT_EQ(reverse("not.example").kind, Kind::dunno);
    EXPECT_TRUE(reverse("gone.example").changes.discard);
    main_cf += "smtpd_restriction_classes = later\nlater = check_sender_access inline:{example.org=DISCARD}\n";
    EXPECT_EQ(reverse("later.example").kind, Kind::permit) << "what is thrown away may come in";
    Facts own = facts();
    own.client_address = *base::IpAddress::parse("127.0.0.8");
    own.client_reverse_name = "unknown";
    EXPECT_EQ(evaluate("check_reverse_client_hostname_access texthash:/clients", own).reply, "451 4.3.5 Server configuration error");
    EXPECT_EQ(evaluate("check_client_access texthash:/clients", own).kind, Kind::permit);
    EXPECT_EQ(evaluate("check_client_access texthash:/clients").kind, Kind::permit) << "a verified name may";
}

TEST_F(AccessMap, helo_names_have_parents) {
    files.put("/helo", "example REJECT not you\n");
    EXPECT_EQ(evaluate("check_helo_access texthash:/helo").reply, "554 5.7.1 <helo.example>: Helo command rejected: not you");
    Facts silent = facts();
    silent.helo_name.clear();
    EXPECT_EQ(evaluate("check_helo_access texthash:/helo", silent).kind, Kind::dunno);
}

TEST_F(AccessMap, a_table_alone_is_looked_up_as_its_list_says) {
    EXPECT_EQ(evaluate("texthash:/senders", facts(Stage::sender)).reply, "554 5.7.1 <a@example.org>: Sender address rejected: no senders");
    EXPECT_EQ(evaluate("texthash:/senders", facts(Stage::data)).reply, "451 4.3.5 Server configuration error");
}

TEST_F(AccessMap, a_table_that_cannot_answer_defers) {
    EXPECT_EQ(evaluate("check_sender_access texthash:/missing", facts(Stage::client)).reply, "451 4.3.0 <a@example.org>: Temporary lookup failure");
    ASSERT_EQ(warnings.size(), 1u);
    EXPECT_NE(warnings[0].find("/missing"), std::string::npos);
}

TEST_F(AccessMap, a_login_is_looked_up_whole_in_patterns_too_and_a_missing_table_is_no_permission) {
    files.put("/users", "/^ann@/ REJECT gone\n");
    Facts known = facts();
    known.sasl_username = "ann@example.org";
    EXPECT_EQ(evaluate("check_sasl_access regexp:/users", known).reply, "554 5.7.1 <ann@example.org>: SASL login name rejected: gone");
    EXPECT_EQ(evaluate("check_sasl_access texthash:/missing", known).reply, "451 4.3.0 <ann@example.org>: Temporary lookup failure");
}

TEST_F(AccessMap, a_missing_table_name_is_a_configuration_error) {
    EXPECT_EQ(evaluate("check_sender_access").reply, "451 4.3.5 Server configuration error");
    EXPECT_EQ(evaluate("check_sender_access permit").reply, "451 4.3.5 Server configuration error");
}

}  // namespace
}  // namespace posthouse::receive
