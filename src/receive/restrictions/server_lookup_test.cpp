#include "receive/restrictions/restriction_fixture_test.hpp"

namespace posthouse::receive {
namespace {

using Kind = Verdict::Kind;

class ServerAccess : public RestrictionTest {
protected:
    ServerAccess() {
        files.put("/servers", "bad.example REJECT bad server\n127.9 REJECT bad network\nok.example OK\n");
        resolver.mx("example.org", 10, "mx.good.example");
        resolver.mx("example.org", 20, "mx.bad.example");
        resolver.a("mx.good.example", "127.1.0.1");
    }
    Outcome sender(std::string_view restriction, std::string address) {
        Facts known = facts();
        known.sender = std::move(address);
        return evaluate(std::string(restriction) + " texthash:/servers", known);
    }
};

}  // namespace

TEST_F(ServerAccess, mail_servers_are_looked_up_by_name_and_address) {
    EXPECT_EQ(sender("check_sender_mx_access", "a@example.org").reply, "554 5.7.1 <a@example.org>: Sender address rejected: bad server");
    resolver.mx("example.com", 10, "mx.example.com");
    resolver.a("mx.example.com", "127.9.0.1");
    EXPECT_EQ(sender("check_sender_mx_access", "a@example.com").reply, "554 5.7.1 <a@example.com>: Sender address rejected: bad network");
    resolver.a("no-mx.example", "127.9.0.2");
    EXPECT_EQ(sender("check_sender_mx_access", "a@no-mx.example").kind, Kind::reject);
    EXPECT_EQ(sender("check_sender_mx_access", "a@[127.9.0.3]").kind, Kind::reject);
    EXPECT_EQ(sender("check_sender_mx_access", "a@nowhere.example").kind, Kind::dunno);
    EXPECT_EQ(sender("check_sender_mx_access", "").kind, Kind::dunno);
}

TEST_F(ServerAccess, name_servers_of_a_parent_count) {
    resolver.add("example.edu", world::RecordType::ns, {0, "ns.bad.example", {}});
    EXPECT_EQ(sender("check_sender_ns_access", "a@deep.example.edu").kind, Kind::reject);
    EXPECT_EQ(sender("check_sender_ns_access", "a@example.org").kind, Kind::dunno);
}

TEST_F(ServerAccess, hosts_are_looked_up_themselves) {
    resolver.a("helo.example", "127.9.0.4");
    EXPECT_EQ(evaluate("check_helo_a_access texthash:/servers").reply, "554 5.7.1 <helo.example>: Helo command rejected: bad network");
    EXPECT_EQ(evaluate("check_client_a_access texthash:/servers").kind, Kind::dunno);
}

TEST_F(ServerAccess, an_ok_is_a_mistake_and_trouble_with_the_dns_decides_nothing) {
    resolver.mx("example.net", 10, "mx.ok.example");
    EXPECT_EQ(evaluate("check_recipient_mx_access texthash:/servers").reply, "451 4.3.5 Server configuration error");
    warnings.clear();
    resolver.fail("dead.example", world::RecordType::mx, world::DnsAnswer::State::unknown);
    EXPECT_EQ(sender("check_sender_mx_access", "a@dead.example").kind, Kind::dunno);
}

}  // namespace posthouse::receive
