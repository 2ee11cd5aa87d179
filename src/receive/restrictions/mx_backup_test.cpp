#include "receive/restrictions/restriction_fixture_test.hpp"

namespace posthouse::receive {
namespace {

using Kind = Verdict::Kind;

class MxBackup : public RestrictionTest {
protected:
    MxBackup() {
        main_cf = "myhostname = mail.us.example\n";
        own_addresses = {*base::IpAddress::parse("192.0.2.1")};
        resolver.mx("theirs.example", 10, "mx.theirs.example");
        resolver.a("mx.theirs.example", "198.51.100.1");
    }
    Kind recipient(std::string address) {
        Facts known = facts();
        known.recipient = std::move(address);
        return evaluate("permit_mx_backup", known).kind;
    }
};

}  // namespace

TEST_F(MxBackup, who_is_named_behind_others_by_name_or_address_is_a_backup) {
    EXPECT_EQ(recipient("a@theirs.example"), Kind::dunno);
    resolver.mx("theirs.example", 20, "Mail.Us.example");
    EXPECT_EQ(recipient("a@theirs.example"), Kind::permit);
    resolver.mx("other.example", 20, "us-too.example");
    resolver.mx("other.example", 10, "mx.theirs.example");
    resolver.a("us-too.example", "192.0.2.1");
    EXPECT_EQ(recipient("a@other.example"), Kind::permit);
}

TEST_F(MxBackup, who_is_the_primary_is_none) {
    resolver.mx("ours.example", 10, "mail.us.example");
    resolver.mx("ours.example", 10, "mx.theirs.example");
    resolver.mx("ours.example", 20, "mail.us.example");
    EXPECT_EQ(recipient("a@ours.example"), Kind::dunno);
    EXPECT_EQ(recipient("a@no-mx.example"), Kind::dunno);
    EXPECT_EQ(recipient("a@[192.0.2.1]"), Kind::dunno);
}

TEST_F(MxBackup, what_is_ours_anyway_is_permitted_and_what_the_sender_routes_is_not) {
    router.classes["relayed.example"] = mail::AddressClass::relay;
    resolver.mx("theirs.example", 20, "mail.us.example");
    EXPECT_EQ(recipient("a@relayed.example"), Kind::permit);
    EXPECT_EQ(recipient("a%elsewhere.example@relayed.example"), Kind::dunno);
    EXPECT_EQ(recipient("a%elsewhere.example@theirs.example"), Kind::dunno);
    EXPECT_EQ(recipient("elsewhere!a@theirs.example"), Kind::dunno);
}

TEST_F(MxBackup, the_primaries_must_be_in_the_networks_that_are_named) {
    resolver.mx("theirs.example", 20, "mail.us.example");
    main_cf += "permit_mx_backup_networks = 198.51.100.0/24\n";
    EXPECT_EQ(recipient("a@theirs.example"), Kind::permit);
    resolver.a("mx.theirs.example", "203.0.113.1");
    EXPECT_EQ(recipient("a@theirs.example"), Kind::dunno);
}

TEST_F(MxBackup, with_trouble_in_the_dns_what_would_be_refused_is_deferred) {
    const auto reply = [&](std::string address) {
        Facts known = facts();
        known.recipient = std::move(address);
        return evaluate("permit_mx_backup, reject_unauth_destination", known).reply;
    };
    EXPECT_EQ(reply("a@theirs.example"), "554 5.7.1 <a@theirs.example>: Relay access denied");
    resolver.fail("dead.example", world::RecordType::mx, world::DnsAnswer::State::unknown);
    EXPECT_EQ(reply("a@dead.example"), "450 4.4.4 <a@dead.example>: Recipient address rejected: Unable to look up mail exchanger information");
    resolver.mx("half.example", 10, "gone.example");
    resolver.mx("half.example", 20, "mail.us.example");
    resolver.fail("gone.example", world::RecordType::a, world::DnsAnswer::State::unknown);
    resolver.fail("gone.example", world::RecordType::aaaa, world::DnsAnswer::State::unknown);
    EXPECT_EQ(reply("a@half.example"), "450 4.4.4 <a@half.example>: Recipient address rejected: Unable to look up host gone.example as mail exchanger");
}

}  // namespace posthouse::receive
