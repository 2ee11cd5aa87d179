// reject_non_fqdn_*, reject_invalid_helo_hostname, reject_unknown_*.
#include "receive/restrictions/restriction_fixture_test.hpp"

namespace posthouse::receive {
namespace {

using Kind = Verdict::Kind;

class Names : public RestrictionTest {
protected:
    Outcome helo(std::string_view list, std::string name) {
        Facts known = facts(Stage::helo);
        known.helo_name = std::move(name);
        return evaluate(list, known);
    }
    Outcome sender(std::string_view list, std::string address) {
        Facts known = facts(Stage::sender);
        known.sender = std::move(address);
        return evaluate(list, known);
    }
};

TEST_F(Names, helo_must_be_valid) {
    EXPECT_EQ(helo("reject_invalid_helo_hostname", "in..valid").reply, "501 5.5.2 <in..valid>: Helo command rejected: Invalid name");
    EXPECT_EQ(helo("reject_invalid_hostname", "-x.example").kind, Kind::reject);
    EXPECT_EQ(helo("reject_invalid_helo_hostname", "short").kind, Kind::dunno);
    EXPECT_EQ(helo("reject_invalid_helo_hostname", "in_valid.example.").kind, Kind::dunno);
    EXPECT_EQ(helo("reject_invalid_helo_hostname", "127.0.0.1").kind, Kind::dunno);
    EXPECT_EQ(helo("reject_invalid_helo_hostname", "[127.0.0.1]").kind, Kind::dunno);
    EXPECT_EQ(helo("reject_invalid_helo_hostname", "[127.0.0.400]").reply, "501 5.5.2 <[127.0.0.400]>: Helo command rejected: invalid ip address");
    EXPECT_EQ(helo("reject_invalid_helo_hostname", "").kind, Kind::dunno);
}

TEST_F(Names, helo_must_be_complete) {
    EXPECT_EQ(helo("reject_non_fqdn_helo_hostname", "short").reply, "504 5.5.2 <short>: Helo command rejected: need fully-qualified hostname");
    EXPECT_EQ(helo("reject_non_fqdn_hostname", "127.0.0.1").kind, Kind::reject);
    EXPECT_EQ(helo("reject_non_fqdn_helo_hostname", "a.example").kind, Kind::dunno);
    EXPECT_EQ(helo("reject_non_fqdn_helo_hostname", "[127.0.0.1]").kind, Kind::dunno);
}

TEST_F(Names, helo_must_lead_somewhere) {
    resolver.a("real.example", "127.0.0.3");
    resolver.mx("mail.example", 10, "real.example");
    resolver.fail("broken.example", world::RecordType::mx, world::DnsAnswer::State::unknown);
    EXPECT_EQ(helo("reject_unknown_helo_hostname", "real.example").kind, Kind::dunno);
    EXPECT_EQ(helo("reject_unknown_hostname", "mail.example").kind, Kind::dunno);
    EXPECT_EQ(helo("reject_unknown_helo_hostname", "nosuch.example").reply, "450 4.7.1 <nosuch.example>: Helo command rejected: Host not found");
    EXPECT_EQ(helo("reject_unknown_helo_hostname, reject", "broken.example").reply, "554 5.7.1 <broken.example>: Helo command rejected: Access denied");
    EXPECT_EQ(helo("reject_unknown_helo_hostname, permit", "broken.example").reply, "450 4.7.1 <broken.example>: Helo command rejected: Host not found");
    main_cf = "unknown_helo_hostname_tempfail_action = defer\n";
    EXPECT_EQ(helo("reject_unknown_helo_hostname, reject", "broken.example").reply, "450 4.7.1 <broken.example>: Helo command rejected: Host not found");
}

TEST_F(Names, addresses_must_be_complete) {
    EXPECT_EQ(sender("reject_non_fqdn_sender", "joe").reply, "504 5.5.2 <joe>: Sender address rejected: need fully-qualified address");
    EXPECT_EQ(sender("reject_non_fqdn_sender", "joe@host").kind, Kind::reject);
    EXPECT_EQ(sender("reject_non_fqdn_sender", "joe@[127.0.0.1]").kind, Kind::dunno);
    EXPECT_EQ(sender("reject_non_fqdn_sender", "joe@a.example").kind, Kind::dunno);
    EXPECT_EQ(sender("reject_non_fqdn_sender", "").kind, Kind::dunno);
    Facts bare = facts();
    bare.recipient = "joe";
    EXPECT_EQ(evaluate("reject_non_fqdn_recipient", bare).reply, "504 5.5.2 <joe>: Recipient address rejected: need fully-qualified address");
}

TEST_F(Names, sender_domains_must_take_mail) {
    resolver.mx("good.example", 10, "mx.good.example");
    resolver.a("aonly.example", "127.0.0.1");
    resolver.mx("nullmx.example", 0, "");
    resolver.fail("broken.example", world::RecordType::mx, world::DnsAnswer::State::unknown);
    router.classes["ours.example"] = mail::AddressClass::local;
    router.unknown.insert("undecided.example");
    const std::string_view list = "reject_unknown_sender_domain";
    EXPECT_EQ(sender("reject_unknown_sender_domain, reject", "a@broken.example").reply.substr(0, 9), "554 5.7.1");
    main_cf = "reject_tempfail_action = defer\n";
    EXPECT_EQ(sender("reject_unknown_sender_domain, reject", "a@broken.example").reply.substr(0, 9), "450 4.1.8");
    main_cf.clear();
    EXPECT_EQ(sender(list, "a@good.example").kind, Kind::dunno);
    EXPECT_EQ(sender(list, "a@aonly.example").kind, Kind::dunno);
    EXPECT_EQ(sender(list, "").kind, Kind::dunno);
    EXPECT_EQ(sender(list, "a@[127.0.0.1]").kind, Kind::dunno);
    EXPECT_EQ(sender(list, "a@nosuch.example").reply, "450 4.1.8 <a@nosuch.example>: Sender address rejected: Domain not found");
    EXPECT_EQ(sender(list, "a@broken.example").reply, "450 4.1.8 <a@broken.example>: Sender address rejected: Domain not found");
    EXPECT_EQ(sender(list, "a@nullmx.example").reply,
              "550 5.7.27 <a@nullmx.example>: Sender address rejected: Domain nullmx.example does not accept mail (nullMX)");
    EXPECT_EQ(sender(list, "a@undecided.example").reply, "451 4.3.0 <a@undecided.example>: Temporary lookup failure");
    const int before = resolver.questions;
    EXPECT_EQ(sender(list, "a@ours.example").kind, Kind::dunno);
    EXPECT_EQ(resolver.questions, before);
}

TEST_F(Names, recipient_domains_must_take_mail) {
    main_cf = "unknown_address_reject_code = 550\n";
    EXPECT_EQ(evaluate("reject_unknown_recipient_domain").reply, "550 5.1.2 <r@example.net>: Recipient address rejected: Domain not found");
}

TEST_F(Names, clients_must_have_names) {
    Facts nameless = facts(Stage::client);
    EXPECT_EQ(evaluate("reject_unknown_client_hostname", nameless).kind, Kind::dunno);
    nameless.client_name = "unknown";
    EXPECT_EQ(evaluate("reject_unknown_client", nameless).reply, "450 4.7.25 Client host rejected: cannot find your hostname, [127.0.0.9]");
    EXPECT_EQ(evaluate("reject_unknown_reverse_client_hostname", nameless).kind, Kind::dunno);
    nameless.client_reverse_name = "unknown";
    main_cf = "unknown_client_reject_code = 550\n";
    EXPECT_EQ(evaluate("reject_unknown_reverse_client_hostname", nameless).reply,
              "550 5.7.25 Client host rejected: cannot find your reverse hostname, [127.0.0.9]");
    nameless.client_name_lookup_failed = true;
    EXPECT_EQ(evaluate("reject_unknown_client_hostname", nameless).reply, "450 4.7.25 Client host rejected: cannot find your hostname, [127.0.0.9]");
}

}  // namespace
}  // namespace posthouse::receive
