#include "receive/postscreen/dnsbl_score.hpp"

#include <gtest/gtest.h>

namespace posthouse::receive::postscreen {

using std::chrono::seconds;

TEST(DnsblSites, are_domains_with_filters_and_weights) {
    const auto domains = parse_dnsbl_sites("zen.example*3, list.example=127.0.0.[2;4..6]*-2 zen.example=127.0.0.2\nplain.example").value();
    ASSERT_EQ(domains.size(), 3U);
    EXPECT_EQ(domains[0].domain, "zen.example");
    ASSERT_EQ(domains[0].sites.size(), 2U);
    EXPECT_EQ(domains[0].sites[0].weight, 3);
    EXPECT_EQ(domains[0].sites[1].weight, 1);
    EXPECT_TRUE(domains[0].sites[1].filter.has_value());
    EXPECT_EQ(domains[1].sites[0].weight, -2);
    for (const char* wrong : {"zen.example*x", "zen.example*", "zen.example=127.0*1", "=127.0.0.1", "zen..example*2", "zen.example*99999999999"}) {
        EXPECT_FALSE(parse_dnsbl_sites(wrong)) << wrong;
    }
    EXPECT_TRUE(parse_dnsbl_sites("  ").value().empty());
}

world::DnsAnswer answer(std::initializer_list<const char*> addresses, std::uint32_t ttl) {
    world::DnsAnswer out;
    out.state = addresses.size() > 0 ? world::DnsAnswer::State::found : world::DnsAnswer::State::no_such_domain;
    out.ttl_seconds = ttl;
    for (const char* address : addresses) {
        out.records.push_back({0, {}, *base::IpAddress::parse(address)});
    }
    return out;
}

TEST(DnsblScore, counts_each_entry_once_however_many_answers_fit) {
    const auto domains = parse_dnsbl_sites("a.example=127.0.0.[2..9]*2 a.example=127.0.0.3 b.example*-1").value();
    DnsblScore score;
    score.add(domains[0], answer({"127.0.0.2", "127.0.0.3", "127.0.0.4"}, 60));
    EXPECT_EQ(score.total(), 3);
    score.add(domains[1], answer({"127.0.0.2"}, 60));
    EXPECT_EQ(score.total(), 2);
    EXPECT_EQ(score.domain(), "a.example");
    score.add(domains[1], world::DnsAnswer{});  // could not be had
    EXPECT_EQ(score.total(), 2);
}

TEST(DnsblScore, counts_as_long_as_the_shortest_answer_that_made_it) {
    const auto domains = parse_dnsbl_sites("bad.example good.example*-1").value();
    DnsblScore fine;
    fine.add(domains[0], answer({}, 500));
    fine.add(domains[1], answer({"127.0.0.2"}, 200));
    EXPECT_EQ(fine.time_to_live(seconds(60), seconds(3600)), seconds(200));
    EXPECT_EQ(fine.time_to_live(seconds(300), seconds(3600)), seconds(300));
    EXPECT_EQ(fine.time_to_live(seconds(60), seconds(100)), seconds(100));
    DnsblScore bad;
    bad.add(domains[0], answer({"127.0.0.2"}, 500));
    bad.add(domains[1], answer({}, 900));
    EXPECT_EQ(bad.time_to_live(seconds(60), seconds(3600)), seconds(500));
    EXPECT_EQ(DnsblScore().time_to_live(seconds(60), seconds(3600)), seconds(60));
}

TEST(DnsblQuestion, turns_the_address_round) {
    EXPECT_EQ(dnsbl_question(*base::IpAddress::parse("192.0.2.1"), "zen.example"), "1.2.0.192.zen.example");
    EXPECT_EQ(dnsbl_question(*base::IpAddress::parse("2001:db8::1"), "z.example"),
              "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.z.example");
}

}  // namespace posthouse::receive::postscreen
