#include "tables/match_list.hpp"

#include <gtest/gtest.h>

#include "tables/fake_files.hpp"
#include "tables/map_list.hpp"
#include "tables/run_task.hpp"

namespace posthouse::tables {
namespace {

struct World {
    FakeFiles files;
    OpenContext context{.files = files};

    static std::string show(const Match& match) {
        return match.is_unknown() ? "? " + match.reason : match.is_match() ? "yes" : "no";
    }
    std::string string(std::string_view list, std::string name) {
        const MatchList opened = MatchList::open_strings(list, context);
        return show(run_now(opened.match(std::move(name))));
    }
    std::string domain(std::string_view list, std::string name, ParentDomains parents = ParentDomains::match_subdomains) {
        const MatchList opened = MatchList::open_domains(list, parents, context);
        return show(run_now(opened.match(std::move(name))));
    }
    std::string client(std::string_view list, std::string_view address, std::string host = {}) {
        const MatchList opened = MatchList::open_addresses(list, ParentDomains::match_subdomains, context);
        return show(run_now(opened.match_client(std::move(host), *base::IpAddress::parse(address))));
    }
};

}  // namespace

TEST(string_list, matches_whole_names_without_regard_to_case) {
    World world;
    EXPECT_EQ(world.string("a.example, B.Example", "b.example"), "yes");
    EXPECT_EQ(world.string("a.example, b.example", "sub.b.example"), "no");
    EXPECT_EQ(world.string("inline:{{b.example=x}}", "sub.b.example"), "no");
    EXPECT_EQ(world.string("", "a"), "no");
}

TEST(string_list, matches_without_regard_to_case_beyond_ascii) {
    World world;
    EXPECT_EQ(world.string("ПРИМЕР.example", "пример.EXAMPLE"), "yes");
    EXPECT_EQ(world.domain("Bücher.example", "www.BÜCHER.example"), "yes");
    EXPECT_EQ(world.domain("Bücher.example", "www.bucher.example"), "no");
    EXPECT_EQ(world.string("inline:{{Ö.example=x}}", "ö.example"), "yes");
    world.context.keys.text = KeyText::bytes;
    EXPECT_EQ(world.string("ПРИМЕР.example", "пример.EXAMPLE"), "no");
}

TEST(domain_list, parents_match_by_the_chosen_style) {
    World world;
    EXPECT_EQ(world.domain("b.example", "a.b.example"), "yes");
    EXPECT_EQ(world.domain("b.example", "ab.example"), "no");
    EXPECT_EQ(world.domain(".b.example", "a.b.example"), "no");
    EXPECT_EQ(world.domain("b.example", "a.b.example", ParentDomains::dot_prefix), "no");
    EXPECT_EQ(world.domain(".b.example", "a.b.example", ParentDomains::dot_prefix), "yes");
    EXPECT_EQ(world.domain(".b.example", "b.example", ParentDomains::dot_prefix), "no");
    EXPECT_EQ(world.domain("inline:{{b.example=x}}", "c.a.b.example"), "yes");
    EXPECT_EQ(world.domain("inline:{{.b.example=x}}", "c.a.b.example", ParentDomains::dot_prefix), "yes");
}

TEST(domain_list, the_first_matching_item_decides) {
    World world;
    EXPECT_EQ(world.domain("!x.b.example, b.example", "x.b.example"), "no");
    EXPECT_EQ(world.domain("b.example, !x.b.example", "x.b.example"), "yes");
}

TEST(domain_list, files_are_read_in_place_and_can_be_negated) {
    World world;
    world.files.put("/list", "# ours\na.example\n  b.example, !c.example\n");
    EXPECT_EQ(world.domain("/list", "b.example"), "yes");
    EXPECT_EQ(world.domain("!/list example", "b.example"), "no");
    EXPECT_EQ(world.domain("!/list", "c.example"), "yes");
    EXPECT_EQ(world.domain("/no", "c.example"), "? open /no: No such file or directory");
    world.files.put("/self", "/self\n");
    EXPECT_TRUE(world.domain("/self", "c.example").starts_with("? files in lists are nested too deeply"));
}

TEST(domain_list, an_item_in_doubt_counts_only_when_it_is_reached) {
    World world;
    EXPECT_EQ(world.domain("a.example, fail:x", "a.example"), "yes");
    EXPECT_EQ(world.domain("fail:x, a.example", "a.example"), "? Application error");
    EXPECT_EQ(MatchList::open_strings("texthash:/no", world.context).open_errors(),
              (std::vector<std::string>{"texthash:/no: open /no: No such file or directory"}));
}

TEST(address_list, takes_networks_addresses_and_names) {
    World world;
    EXPECT_EQ(world.client("127.0.0.0/8 [::1]/128", "127.0.0.1"), "yes");
    EXPECT_EQ(world.client("127.0.0.0/8 [::1]", "::1"), "yes");
    EXPECT_EQ(world.client("127.0.0.0/8", "192.0.2.1"), "no");
    EXPECT_EQ(world.client("!127.0.0.2, 127.0.0.0/8", "127.0.0.2"), "no");
    EXPECT_EQ(world.client("[2001:db8::]/32", "2001:db8:1::1"), "yes");
    EXPECT_EQ(world.client("example.com", "192.0.2.1", "mail.example.com"), "yes");
    EXPECT_EQ(world.client("inline:{{192.0.2.1=x}}", "192.0.2.1", "unknown"), "yes");
    EXPECT_EQ(world.client("cidr:{{192.0.2.0/24 x}}", "192.0.2.1"), "yes");
}

TEST(address_list, host_bits_make_the_answer_unknown_when_the_item_is_reached) {
    World world;
    EXPECT_EQ(world.client("192.0.2.1, 10.0.0.1/8", "192.0.2.1"), "yes");
    EXPECT_EQ(world.client("10.0.0.1/8", "192.0.2.1"),
              "? non-null host address bits in \"10.0.0.1/8\", perhaps you should use \"10.0.0.0/8\" instead");
    EXPECT_EQ(world.client("[2001:db8::1]/32", "192.0.2.1"),
              "? non-null host address bits in \"[2001:db8::1]/32\", perhaps you should use \"2001:db8::/32\" instead");
    EXPECT_TRUE(world.client("2001:db8::/32", "192.0.2.1").starts_with("? IPv6 address in a list must be written in []"));
}

TEST(lists, tell_each_lookup_without_an_answer_once) {
    World world;
    std::vector<std::string> told;
    world.context.failed = [&told](const std::string& table, const std::string& key, const std::string& reason) { told.push_back(table + '|' + key + '|' + reason); };
    const MapList maps = MapList::open("inline:{{a=b}}, fail:x", world.context);
    EXPECT_TRUE(run_now(maps.find("a")).is_found());
    EXPECT_TRUE(run_now(maps.find("joe")).is_unknown());
    EXPECT_EQ(world.string("b, fail:x", "b"), "yes");
    EXPECT_TRUE(told.size() == 1 && told[0] == "fail:x|joe|Application error") << told[0];
    EXPECT_EQ(world.string("b, fail:x", "joe"), "? Application error");
    EXPECT_EQ(world.client("/none", "192.0.2.1"), "? open /none: No such file or directory");
    EXPECT_EQ(told, (std::vector<std::string>{"fail:x|joe|Application error", "fail:x|joe|Application error", "/none|192.0.2.1|open /none: No such file or directory"}));
}

}  // namespace posthouse::tables
