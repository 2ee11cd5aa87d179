#include "receive/restrictions/evaluator.hpp"

#include "receive/restrictions/restriction_fixture_test.hpp"

namespace posthouse::receive {
namespace {

using Kind = Verdict::Kind;

class Evaluator : public RestrictionTest {
protected:
    void SetUp() override {
        files.put("/t",
                  "r@example.net DEFER_IF_PERMIT maybe later\n"
                  "if-reject@example.net DEFER_IF_REJECT rather later\n"
                  "no@example.net REJECT\n"
                  "bye@example.net 521 hang up\n");
    }
    static Facts to(std::string recipient) {
        Facts out = facts();
        out.recipient = std::move(recipient);
        return out;
    }
};

TEST_F(Evaluator, an_empty_list_decides_nothing) { EXPECT_EQ(evaluate("").kind, Kind::dunno); }

TEST_F(Evaluator, the_first_decision_ends_the_list) {
    EXPECT_EQ(evaluate("permit, reject").kind, Kind::permit);
    EXPECT_EQ(evaluate("reject, permit").reply, "554 5.7.1 <r@example.net>: Recipient address rejected: Access denied");
    EXPECT_EQ(evaluate("defer, permit").reply, "450 4.3.2 <r@example.net>: Recipient address rejected: Try again later");
}

TEST_F(Evaluator, refusals_name_the_stage) {
    EXPECT_EQ(evaluate("reject", facts(Stage::client)).reply, "554 5.7.1 <client.example[127.0.0.9]>: Client host rejected: Access denied");
    EXPECT_EQ(evaluate("reject", facts(Stage::helo)).reply, "554 5.7.1 <helo.example>: Helo command rejected: Access denied");
    EXPECT_EQ(evaluate("reject", facts(Stage::sender)).reply, "554 5.7.1 <a@example.org>: Sender address rejected: Access denied");
    EXPECT_EQ(evaluate("reject", facts(Stage::data)).reply, "554 5.7.1 <DATA>: Data command rejected: Access denied");
    EXPECT_EQ(evaluate("reject", facts(Stage::end_of_data)).reply, "554 5.7.1 <END-OF-MESSAGE>: End-of-data rejected: Access denied");
}

TEST_F(Evaluator, the_status_class_follows_a_configured_code) {
    main_cf = "reject_code = 450\n";
    EXPECT_EQ(evaluate("reject").reply, "450 4.7.1 <r@example.net>: Recipient address rejected: Access denied");
}

TEST_F(Evaluator, an_unknown_word_is_reported_and_refuses_when_it_is_reached) {
    EXPECT_EQ(evaluate("permit, # comment").kind, Kind::permit);
    ASSERT_EQ(problems.size(), 2u);
    EXPECT_EQ(problems[0], "test: unknown smtpd restriction: \"#\"");
    EXPECT_EQ(evaluate("# comment").reply, "451 4.3.5 Server configuration error");
}

TEST_F(Evaluator, defer_if_permit_waits_for_the_end_of_the_list) {
    EXPECT_EQ(evaluate("check_recipient_access texthash:/t, permit").reply, "450 4.7.1 <r@example.net>: Recipient address rejected: maybe later");
    EXPECT_EQ(evaluate("check_recipient_access texthash:/t").reply, "450 4.7.1 <r@example.net>: Recipient address rejected: maybe later");
    EXPECT_EQ(evaluate("check_recipient_access texthash:/t, reject").reply, "554 5.7.1 <r@example.net>: Recipient address rejected: Access denied");
}

TEST_F(Evaluator, defer_if_permit_goes_on_to_later_stages_and_defer_if_reject_stays_in_its_own) {
    const RestrictionList first = parse("check_recipient_access texthash:/t");
    const RestrictionList refusing = parse("reject");
    const RestrictionList::Warned silent = [](std::string_view, const std::string&) {};
    Decision decision;
    decision.enter(Stage::sender);
    EXPECT_EQ(tables::run_now(first.evaluate(facts(Stage::sender), decision, silent)).kind, Kind::dunno);
    Facts soft = to("if-reject@example.net");
    soft.stage = Stage::sender;
    Decision softened;
    softened.enter(Stage::sender);
    EXPECT_EQ(tables::run_now(first.evaluate(soft, softened, silent)).kind, Kind::dunno);
    EXPECT_EQ(tables::run_now(refusing.evaluate(soft, softened, silent)).reply.code, 450);
    decision.enter(Stage::recipient);
    softened.enter(Stage::recipient);
    EXPECT_TRUE(decision.defer_if_permit);
    EXPECT_EQ(tables::run_now(refusing.evaluate(facts(), softened, silent)).reply.code, 554);
}

TEST_F(Evaluator, what_is_deferred_either_way_is_not_looked_at_any_further) {
    const Outcome outcome = evaluate("check_recipient_access inline:{{r@example.net=DEFER_IF_REJECT first}}, check_recipient_access texthash:/t, reject");
    EXPECT_EQ(outcome.reply, "450 4.7.1 <r@example.net>: Recipient address rejected: maybe later");
}

TEST_F(Evaluator, defer_if_reject_softens_a_permanent_refusal_only) {
    EXPECT_EQ(evaluate("check_recipient_access texthash:/t, reject", to("if-reject@example.net")).reply,
              "450 4.7.1 <if-reject@example.net>: Recipient address rejected: rather later");
    EXPECT_EQ(evaluate("check_recipient_access texthash:/t, defer", to("if-reject@example.net")).reply,
              "450 4.3.2 <if-reject@example.net>: Recipient address rejected: Try again later");
    EXPECT_EQ(evaluate("check_recipient_access texthash:/t, permit", to("if-reject@example.net")).kind, Kind::permit);
}

TEST_F(Evaluator, warn_if_reject_only_logs_the_restriction_after_it) {
    const Outcome outcome = evaluate("warn_if_reject reject, permit");
    EXPECT_EQ(outcome.kind, Kind::permit);
    ASSERT_EQ(outcome.remarks.size(), 1u);
    EXPECT_EQ(outcome.remarks[0], "reject_warning: 554 5.7.1 <r@example.net>: Recipient address rejected: Access denied");
    EXPECT_EQ(evaluate("warn_if_reject reject, reject").kind, Kind::reject);
    EXPECT_EQ(evaluate("warn_if_reject check_recipient_access texthash:/t, permit").kind, Kind::permit);
}

TEST_F(Evaluator, warn_if_reject_does_not_hide_that_we_are_in_trouble) {
    router.unknown.insert("example.net");
    main_cf = "smtpd_restriction_classes = relay\nrelay = reject_unauth_destination\n";
    const std::string lookup = "451 4.3.0 <r@example.net>: Temporary lookup failure";
    EXPECT_EQ(evaluate("warn_if_reject reject_unauth_destination, permit").reply, lookup);
    EXPECT_EQ(evaluate("warn_if_reject relay, permit").reply, lookup);
    EXPECT_EQ(evaluate("warn_if_reject check_recipient_access hash:/does/not/exist, permit").reply, lookup);
    EXPECT_EQ(evaluate("warn_if_reject # comment, permit").reply, "451 4.3.5 Server configuration error");
    EXPECT_EQ(evaluate("warn_if_reject check_recipient_access static:DEFER, permit").kind, Kind::permit) << "what a table says is no trouble of ours";
}

TEST_F(Evaluator, warn_if_reject_is_for_every_restriction_of_the_class_behind_it) {
    main_cf = "smtpd_restriction_classes = both, friend\nboth = reject, check_recipient_access texthash:/t, defer\nfriend = reject, permit\n";
    const Outcome both = evaluate("warn_if_reject both, reject");
    EXPECT_EQ(both.reply, "554 5.7.1 <r@example.net>: Recipient address rejected: Access denied");
    EXPECT_EQ(both.remarks, (std::vector<std::string>{"reject_warning: 554 5.7.1 <r@example.net>: Recipient address rejected: Access denied",
                                                      "reject_warning: 450 4.7.1 <r@example.net>: Recipient address rejected: maybe later",
                                                      "reject_warning: 450 4.3.2 <r@example.net>: Recipient address rejected: Try again later"}));
    EXPECT_EQ(evaluate("warn_if_reject friend, reject").kind, Kind::permit) << "a permit of the class counts";
}

TEST_F(Evaluator, discard_ends_every_list_around_it) {
    main_cf = "smtpd_restriction_classes = drop\ndrop = check_sender_access static:DISCARD, reject\n";
    for (const std::string list : {"check_sender_access static:DISCARD, reject", "drop, reject", "check_recipient_access static:drop, reject", "check_sender_a_access static:drop, reject"}) {
        Facts known = to("r%elsewhere.example@example.net");
        known.sender = "a@[192.0.2.1]";
        const Outcome outcome = evaluate(list, known);
        EXPECT_EQ(outcome.kind, Kind::permit) << list;
        EXPECT_TRUE(outcome.changes.discard) << list;
    }
}

TEST_F(Evaluator, a_table_can_close_the_connection) {
    const Outcome outcome = evaluate("check_recipient_access texthash:/t", to("bye@example.net"));
    EXPECT_EQ(outcome.kind, Kind::disconnect);
    EXPECT_EQ(outcome.reply, "521 5.7.1 <bye@example.net>: Recipient address rejected: hang up");
}

TEST_F(Evaluator, a_class_permits_for_the_list_that_names_it) {
    main_cf = "smtpd_restriction_classes = friendly, strict, remark\nfriendly = permit, reject\nstrict = reject\nremark = warn_if_reject reject\n";
    EXPECT_EQ(evaluate("friendly, reject").kind, Kind::permit);
    EXPECT_EQ(evaluate("strict, permit").kind, Kind::reject);
    const Outcome outcome = evaluate("remark, permit");
    EXPECT_EQ(outcome.kind, Kind::permit);
    EXPECT_EQ(outcome.remarks.size(), 1u);
}

TEST_F(Evaluator, a_pending_deferral_inside_a_class_waits_for_the_outer_list) {
    main_cf = "smtpd_restriction_classes = inner\ninner = check_recipient_access texthash:/t\n";
    EXPECT_EQ(evaluate("inner, reject").reply, "554 5.7.1 <r@example.net>: Recipient address rejected: Access denied");
    EXPECT_EQ(evaluate("inner, permit").reply, "450 4.7.1 <r@example.net>: Recipient address rejected: maybe later");
    EXPECT_EQ(evaluate("inner, reject", to("if-reject@example.net")).reply, "450 4.7.1 <if-reject@example.net>: Recipient address rejected: rather later");
}

TEST_F(Evaluator, classes_that_name_each_other_in_a_circle_are_a_configuration_error) {
    main_cf = "smtpd_restriction_classes = a, b\na = b\nb = a\n";
    EXPECT_EQ(evaluate("a").reply, "451 4.3.5 Server configuration error");
}

TEST_F(Evaluator, a_trace_shows_an_administrator_every_step) {
    files.put("/c", "helo.example strict\n");
    main_cf = "smtpd_restriction_classes = strict, inner\nstrict = permit_mynetworks, warn_if_reject reject_unknown_helo_hostname, inner\n"
              "inner = warn_if_reject reject, check_recipient_access texthash:/t\n";
    const RestrictionList list = parse("permit_mynetworks, check_helo_access texthash:/c, check_sender_access texthash:/t, reject_unauth_destination, permit");
    router.classes["example.net"] = mail::AddressClass::relay;
    Trace trace;
    Facts known = facts();
    known.trace = &trace;
    Decision decision;
    const RestrictionList::Warned silent = [](std::string_view, const std::string&) {};
    const Verdict verdict = tables::run_now(list.evaluate(known, decision, silent));
    EXPECT_EQ(verdict.kind, Kind::permit);
    EXPECT_EQ(decision.defer_if_permit->text(), "450 4.7.1 <r@example.net>: Recipient address rejected: maybe later");
    std::string text;
    for (const std::string& line : trace.lines()) {
        text += line + "\n";
    }
    EXPECT_EQ(text,
              "permit_mynetworks => no decision\n"
              "check_helo_access texthash:/c\n"
              "  Helo command helo.example: found \"strict\" for helo.example\n"
              "  strict\n"
              "    permit_mynetworks => no decision\n"
              "    warn_if_reject reject_unknown_helo_hostname => reject: 450 4.7.1 <helo.example>: Helo command rejected: Host not found (warn_if_reject: only logged)\n"
              "    inner\n"
              "      warn_if_reject reject => reject: 554 5.7.1 <helo.example>: Helo command rejected: Access denied (warn_if_reject: only logged)\n"
              "      check_recipient_access texthash:/t\n"
              "        Recipient address r@example.net: found \"DEFER_IF_PERMIT maybe later\" for r@example.net\n"
              "      => no decision; if nothing refuses later: 450 4.7.1 <r@example.net>: Recipient address rejected: maybe later\n"
              "    => no decision\n"
              "  => no decision\n"
              "=> no decision\n"
              "check_sender_access texthash:/t\n"
              "  Sender address a@example.org: not found\n"
              "=> no decision\n"
              "reject_unauth_destination => no decision\n"
              "permit => permit\n");
}

TEST_F(Evaluator, networks_permit_and_own_addresses_decide_nothing_for_others) {
    Facts near = facts();
    near.client_address = base::IpAddress::parse("127.0.0.8").value();
    EXPECT_EQ(evaluate("permit_mynetworks, reject", near).kind, Kind::permit);
    EXPECT_EQ(evaluate("permit_mynetworks").kind, Kind::dunno);
    EXPECT_EQ(evaluate("permit_inet_interfaces").kind, Kind::dunno);
}

TEST_F(Evaluator, authenticated_clients_pass) {
    Facts user = facts();
    user.sasl_username = "u";
    user.logged_in = true;
    EXPECT_EQ(evaluate("permit_sasl_authenticated, reject", user).kind, Kind::permit);
    EXPECT_EQ(evaluate("permit_sasl_authenticated, reject").kind, Kind::reject);
    user.sasl_username = "anonymous";
    user.logged_in = false;
    EXPECT_EQ(evaluate("permit_sasl_authenticated, reject", user).kind, Kind::reject) << "AUTH ANONYMOUS";
}

TEST_F(Evaluator, permits_are_logged_if_their_names_are_listed) {
    logged_permits = "permit_mynetworks, OK";
    Facts own = facts();
    own.client_address = *base::IpAddress::parse("127.0.0.8");
    EXPECT_EQ(evaluate("permit_mynetworks", own).remarks, std::vector<std::string>{"permit: action=permit_mynetworks for Client host=client.example[127.0.0.8]"});
    EXPECT_EQ(evaluate("check_recipient_access inline:{{r@example.net=OK}}").remarks,
              std::vector<std::string>{"permit: action=OK for Recipient address=r@example.net from inline:{{r@example.net=OK}}"});
    EXPECT_EQ(evaluate("check_recipient_access inline:{{r@example.net=permit_mynetworks}}", own).remarks.size(), 1U) << "not by each list around it";
    EXPECT_TRUE(evaluate("permit").remarks.empty());
    logged_permits = "";
    EXPECT_TRUE(evaluate("permit_mynetworks", own).remarks.empty());
}

TEST_F(Evaluator, relaying_is_for_our_domains) {
    router.classes["ours.example"] = mail::AddressClass::relay;
    router.unknown.insert("broken.example");
    EXPECT_EQ(evaluate("reject_unauth_destination", to("x@ours.example")).kind, Kind::dunno);
    EXPECT_EQ(evaluate("permit_auth_destination, reject", to("x@ours.example")).kind, Kind::permit);
    EXPECT_EQ(evaluate("reject_unauth_destination").reply, "554 5.7.1 <r@example.net>: Relay access denied");
    EXPECT_EQ(evaluate("defer_unauth_destination").reply, "454 4.7.1 <r@example.net>: Relay access denied");
    EXPECT_EQ(evaluate("reject_unauth_destination", to("x@broken.example")).reply, "451 4.3.0 <x@broken.example>: Temporary lookup failure");
}

TEST_F(Evaluator, a_local_part_that_names_a_further_hop_is_no_destination_of_ours) {
    router.classes = {{"relayed.example", mail::AddressClass::relay}, {"virtual.example", mail::AddressClass::virtual_mailbox}, {"here.example", mail::AddressClass::local}};
    for (const std::string domain : {"@relayed.example", "@virtual.example"}) {
        for (const std::string local : {"x%elsewhere.example", "elsewhere.example!x", "x@elsewhere.example"}) {
            main_cf.clear();
            EXPECT_EQ(evaluate("reject_unauth_destination", to(local + domain)).reply, "554 5.7.1 <" + local + domain + ">: Relay access denied");
            EXPECT_EQ(evaluate("defer_unauth_destination", to(local + domain)).kind, Kind::reject);
            EXPECT_EQ(evaluate("permit_auth_destination", to(local + domain)).kind, Kind::dunno);
            main_cf = "allow_untrusted_routing = yes\n";
            EXPECT_EQ(evaluate("reject_unauth_destination", to(local + domain)).kind, Kind::dunno);
            EXPECT_EQ(evaluate("permit_auth_destination", to(local + domain)).kind, Kind::permit);
        }
    }
    main_cf.clear();
    EXPECT_EQ(evaluate("permit_auth_destination", to("a%b@here.example")).kind, Kind::permit) << "what is local has been unwrapped";
}

TEST_F(Evaluator, a_client_without_an_address_is_in_no_network_on_no_list_and_looked_up_as_unknown) {
    Facts nobody = facts();
    nobody.client_address = base::IpAddress::unknown();
    nobody.client_name = nobody.client_reverse_name = "unknown";
    own_addresses = {*base::IpAddress::parse("127.0.0.9"), *base::IpAddress::parse("::1")};
    for (const auto list : {"permit_inet_interfaces", "permit_mynetworks", "check_client_access cidr:{{0.0.0.0/0 OK},{::/0 OK}}", "reject_rbl_client bl.example"}) {
        EXPECT_EQ(evaluate(list, nobody).kind, Kind::dunno) << list;
    }
    EXPECT_EQ(evaluate("check_client_access inline:{{unknown=REJECT}}", nobody).reply, "554 5.7.1 <unknown[unknown]>: Client host rejected: Access denied");
}

TEST_F(Evaluator, who_pipelined_too_early_is_refused_at_every_stage) {
    Facts early = facts();
    EXPECT_EQ(evaluate("reject_unauth_pipelining", early).kind, Kind::dunno);
    early.pipelined_too_early = true;
    EXPECT_EQ(evaluate("reject_unauth_pipelining", early).reply,
              "503 5.5.0 <r@example.net>: Recipient address rejected: Improper use of SMTP command pipelining");
    early.stage = Stage::data;
    EXPECT_EQ(evaluate("reject_unauth_pipelining", early).reply, "503 5.5.0 <DATA>: Data command rejected: Improper use of SMTP command pipelining");
}

}  // namespace
}  // namespace posthouse::receive
