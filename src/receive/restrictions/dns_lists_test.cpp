#include "receive/restrictions/reply_pattern.hpp"
#include "receive/restrictions/restriction_fixture_test.hpp"

namespace posthouse::receive {
namespace {

using Kind = Verdict::Kind;

class DnsLists : public RestrictionTest {
protected:
    DnsLists() {
        resolver.a("9.0.0.127.bl.example", "127.0.0.4");
        resolver.add("9.0.0.127.bl.example", world::RecordType::txt, {0, "see $client https://bl.example/", {}});
        resolver.a("example.org.dbl.example", "127.0.1.2");
        router.classes["example.net"] = mail::AddressClass::relay;
    }
    bool listed(std::string_view list) { return evaluate(list).kind == Kind::reject; }
};

}  // namespace

TEST_F(DnsLists, a_listed_client_is_refused_with_the_lists_reason) {
    EXPECT_EQ(evaluate("reject_rbl_client bl.example").reply,
              "554 5.7.1 Service unavailable; Client host [127.0.0.9] blocked using bl.example; see $client https://bl.example/");
    EXPECT_FALSE(listed("reject_rbl_client other.example"));
}

TEST_F(DnsLists, only_the_wanted_answers_count) {
    EXPECT_TRUE(listed("reject_rbl_client bl.example=127.0.0.4"));
    EXPECT_TRUE(listed("reject_rbl_client bl.example=127.0.0.[2;3..5]"));
    EXPECT_FALSE(listed("reject_rbl_client bl.example=127.0.0.[2;5..9]"));
    EXPECT_EQ(evaluate("reject_rbl_client bl.example=127.0.0").reply, "451 4.3.5 Server configuration error");
    EXPECT_EQ(evaluate("reject_rbl_client").reply, "451 4.3.5 Server configuration error");
}

TEST_F(DnsLists, domains_are_asked_for_as_they_are) {
    EXPECT_EQ(evaluate("reject_rhsbl_sender dbl.example").reply, "554 5.7.1 Service unavailable; Sender address [a@example.org] blocked using dbl.example");
    EXPECT_FALSE(listed("reject_rhsbl_recipient dbl.example, reject_rhsbl_helo dbl.example, reject_rhsbl_client dbl.example, reject_rhsbl_reverse_client dbl.example"));
    Facts unknown = facts();
    unknown.client_name = "unknown";
    const auto before = resolver.questions;
    EXPECT_EQ(evaluate("reject_rhsbl_client dbl.example", unknown).kind, Kind::dunno);
    EXPECT_EQ(resolver.questions, before);
}

TEST_F(DnsLists, a_list_may_have_a_reply_of_its_own) {
    files.put("/replies", "bl.example 450 4.7.0 $rbl_what is on $rbl_domain${rbl_reason?: listed}\n");
    main_cf = "rbl_reply_maps = texthash:/replies\nmaps_rbl_reject_code = 550\n";
    EXPECT_EQ(evaluate("reject_rbl_client bl.example").reply, "450 4.7.0 127.0.0.9 is on bl.example: listed");
    EXPECT_EQ(evaluate("reject_rhsbl_sender dbl.example").reply.substr(0, 10), "550 5.7.1 ");
}

TEST_F(DnsLists, a_reply_repeats_only_characters_that_are_allowed) {
    main_cf = "default_rbl_reply = 554 5.7.1 $sender of $rbl_domain\nsmtpd_expansion_filter = abcdefghijklmnopqrstuvwxyz\\56\n";
    EXPECT_EQ(evaluate("reject_rbl_client bl.example").reply, "554 5.7.1 a_example.org of bl.example");
}

TEST_F(DnsLists, a_list_that_does_not_answer_blocks_nobody) {
    resolver.fail("9.0.0.127.dead.example", world::RecordType::a, world::DnsAnswer::State::unknown);
    EXPECT_EQ(evaluate("reject_rbl_client dead.example").kind, Kind::dunno);
    EXPECT_EQ(warnings.size(), 1U);
}

TEST_F(DnsLists, an_allow_list_permits_mail_for_our_domains_only) {
    EXPECT_EQ(evaluate("permit_dnswl_client bl.example, reject").kind, Kind::permit);
    Facts elsewhere = facts();
    elsewhere.recipient = "x@elsewhere.example";
    EXPECT_EQ(evaluate("permit_dnswl_client bl.example, reject", elsewhere).kind, Kind::reject);
    resolver.fail("9.0.0.127.dead.example", world::RecordType::a, world::DnsAnswer::State::unknown);
    EXPECT_EQ(evaluate("permit_dnswl_client dead.example, reject").reply.substr(0, 9), "450 4.7.1");
}

TEST(ReplyPattern, has_four_fields_of_numbers_and_ranges) {
    const auto at = [](const char* text) { return base::IpAddress::parse(text).value(); };
    EXPECT_TRUE(ReplyPattern::parse("127.0.[0..3].[1;4..6]")->matches(at("127.0.2.5")));
    EXPECT_FALSE(ReplyPattern::parse("127.0.[0..3].[1;4..6]")->matches(at("127.0.4.5")));
    EXPECT_FALSE(ReplyPattern::parse("127.0.0.1")->matches(at("::1")));
    for (const char* bad : {"", "127", "127.0.0", "127.0.0.256", "127.0.0.[", "127.0.0.[]", "127.0.0.[3..1]", "127.0.0.1.1", "127.0.0.x"}) {
        EXPECT_FALSE(ReplyPattern::parse(bad)) << bad;
    }
}

}  // namespace posthouse::receive
