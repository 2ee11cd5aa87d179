#include "tables/address_lookup.hpp"

#include <gtest/gtest.h>

#include "tables/fake_files.hpp"
#include "tables/run_task.hpp"

namespace posthouse::tables {
namespace {

std::string joined(const Keys& keys) {
    std::string out;
    for (const Key& key : keys) {
        out += (out.empty() ? "" : " ") + key.text + (key.scope == KeyScope::whole ? "!" : "");
    }
    return out;
}

MapList open_maps(std::string_view parameter) {
    static FakeFiles none;
    return MapList::open(parameter, OpenContext{.files = none});
}

world::Task<Match> local_example(std::string domain) { co_return Match{domain == "local.example" ? Match::State::match : Match::State::no_match, {}, {}}; }
world::Task<Match> in_doubt(std::string) { co_return Match{Match::State::unknown, "table down", {}}; }

std::string mail(std::string_view parameter, std::string address, IsLocalDomain is_local = local_example) {
    const MapList maps = open_maps(parameter);
    const AddressMatch match = run_now(find_mail_address(maps, std::move(address), "+", std::move(is_local)));
    return match.lookup.is_found() ? match.lookup.value + match.unmatched_extension : match.lookup.is_absent() ? "absent" : "? " + match.lookup.reason;
}

}  // namespace

TEST(address_keys, a_mail_address_is_asked_with_and_without_its_extension) {
    EXPECT_EQ(joined(mail_address_keys("user+ext@dom.example", "+")), "user+ext@dom.example! user@dom.example");
    EXPECT_EQ(joined(mail_address_keys("user+ext@dom.example", "")), "user+ext@dom.example!");
    EXPECT_EQ(joined(mail_address_keys("user-ext@dom.example", "+-")), "user-ext@dom.example! user@dom.example");
    EXPECT_EQ(joined(mail_address_keys("user+ext", "+")), "user+ext! user");
    EXPECT_EQ(joined(local_part_keys("user+ext@dom.example", "+")), "user+ext user");
    EXPECT_EQ(joined(at_domain_keys("user+ext@dom.example", "+")), "@dom.example");
}

TEST(address_keys, reserved_local_parts_have_no_extension) {
    EXPECT_EQ(split_extension("MAILER-DAEMON", "-"), std::nullopt);
    EXPECT_EQ(split_extension("owner-list", "-"), std::nullopt);
    EXPECT_EQ(split_extension("list-request", "-"), std::nullopt);
    EXPECT_EQ(split_extension("+ext", "+"), std::nullopt);
    EXPECT_EQ(split_extension("a-b", "-"), (std::pair<std::string, std::string>{"a", "-b"}));
}

TEST(address_keys, access_order) {
    EXPECT_EQ(joined(access_address_keys("u+x@a.b.example", "+", ParentDomains::match_subdomains, "<>")),
              "u+x@a.b.example! u@a.b.example a.b.example b.example example u+x@ u@");
    EXPECT_EQ(joined(access_address_keys("u@a.b.example", "", ParentDomains::dot_prefix, "<>")), "u@a.b.example! a.b.example .b.example .example u@");
    EXPECT_EQ(joined(access_address_keys("", "+", ParentDomains::dot_prefix, "<>")), "<>!");
}

TEST(address_keys, transport_order) {
    EXPECT_EQ(joined(transport_keys("vip+tag@a.example.net", "+", ParentDomains::dot_prefix)),
              "vip+tag@a.example.net! vip@a.example.net a.example.net .example.net .net *");
}

TEST(address_keys, client_order) {
    EXPECT_EQ(joined(client_address_keys(*base::IpAddress::parse("192.0.2.1"))), "192.0.2.1! 192.0.2 192.0 192");
    EXPECT_EQ(joined(client_address_keys(*base::IpAddress::parse("2001:db8::5"))), "2001:db8::5! 2001:db8: 2001:db8 2001");
    EXPECT_EQ(joined(domain_keys("192.0.2.1", ParentDomains::match_subdomains)), "192.0.2.1!");
}

TEST(find_mail_address, hands_back_the_extension_that_did_not_match) {
    EXPECT_EQ(mail("inline:{{u+x@d.example=full}, {u@d.example=plain}}", "u+x@d.example"), "full");
    EXPECT_EQ(mail("inline:{{u@d.example=plain}}", "u+x@d.example"), "plain+x");
    EXPECT_EQ(mail("inline:{{@d.example=all}}", "u+x@d.example"), "all+x");
    EXPECT_EQ(mail("inline:{{@d.example=all}}", "u@d.example"), "all");
}

TEST(find_mail_address, asks_for_the_local_part_only_in_local_domains) {
    EXPECT_EQ(mail("inline:{{u=bare}}", "u@d.example"), "absent");
    EXPECT_EQ(mail("inline:{{u=bare}}", "u+x@local.example"), "bare+x");
    EXPECT_EQ(mail("inline:{{u=bare},{@local.example=all}}", "u@local.example"), "bare");
    EXPECT_EQ(mail("inline:{{u=bare}}", "u@local.example", in_doubt), "? table down");
    EXPECT_EQ(mail("inline:{{u=bare}}", "u@local.example", {}), "absent");
}

TEST(find_mail_address, a_pattern_table_sees_the_whole_address_only) {
    EXPECT_EQ(mail("regexp:{{/^@/ part}, {/^u@/ part}, {/^u$/ part}}", "u+x@local.example"), "absent");
    EXPECT_EQ(mail("regexp:{{/^u.x@local/ whole}}", "u+x@local.example"), "whole");
}

TEST(find_mail_address, one_table_in_doubt_makes_the_answer_unknown) {
    EXPECT_EQ(mail("fail:x, inline:{{u@d.example=plain}}", "u@d.example"), "? Application error");
}

TEST(find_access_address, an_early_key_in_a_late_table_beats_a_late_key_in_an_early_table) {
    const MapList maps = open_maps("inline:{{d.example=domain}}, inline:{{u@d.example=address}}");
    EXPECT_EQ(run_now(find_access_address(maps, "u@d.example", {})).lookup.value, "address");
    EXPECT_EQ(run_now(find_access_address(maps, "v@sub.d.example", {})).key, "d.example");
}

TEST(find_transport, falls_back_to_the_star) {
    const MapList maps = open_maps("inline:{{.example.net=sub}, {example.net=net}, {*=star}}");
    EXPECT_EQ(run_now(find_transport(maps, "x@example.net", "+")).lookup.value, "net");
    EXPECT_EQ(run_now(find_transport(maps, "x@a.b.example.net", "+")).lookup.value, "sub");
    EXPECT_EQ(run_now(find_transport(maps, "x@other.example", "+")).lookup.value, "star");
}

TEST(find_client, the_name_goes_before_the_address) {
    const MapList maps = open_maps("inline:{{example.com=name}, {192.0.2=net}}, cidr:{{192.0.2.0/24 cidr}}");
    const auto address = *base::IpAddress::parse("192.0.2.7");
    EXPECT_EQ(run_now(find_client(maps, "mail.example.com", address, ParentDomains::match_subdomains)).lookup.value, "name");
    EXPECT_EQ(run_now(find_client(maps, "unknown", address, ParentDomains::match_subdomains)).lookup.value, "cidr");
    EXPECT_EQ(run_now(find_client_address(open_maps(""), address)).lookup.state, Lookup::State::absent);
}

}  // namespace posthouse::tables
