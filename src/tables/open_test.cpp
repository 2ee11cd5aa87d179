#include "tables/open.hpp"

#include <gtest/gtest.h>

#include "tables/fake_files.hpp"
#include "tables/map_list.hpp"
#include "tables/run_task.hpp"

namespace posthouse::tables {
namespace {

struct World {
    FakeFiles files;
    std::vector<std::string> warnings;
    OpenContext context{.files = files, .warn = [this](std::string text) { warnings.push_back(std::move(text)); }};

    std::shared_ptr<const Table> open(std::string_view spec) { return open_table(spec, context); }
    /// The value, "absent", or "? reason".
    static std::string show(const Lookup& answer) {
        return answer.is_found() ? answer.value : answer.is_absent() ? "absent" : "? " + answer.reason;
    }
    std::string ask(const std::shared_ptr<const Table>& table, std::string key) { return show(run_now(table->find(std::move(key)))); }
    std::string ask(std::string_view spec, std::string key) { return ask(open(spec), std::move(key)); }
};

}  // namespace

TEST(texthash, reads_logical_lines_and_folds_keys) {
    World world;
    world.files.put("/t", "# a comment\nkey one\n  continued line\nUPPER folded\nempty.example\tx\n\"quoted key\" q\n");
    const auto table = world.open("texthash:/t");
    EXPECT_EQ(world.ask(table, "KEY"), "one  continued line");
    EXPECT_EQ(world.ask(table, "upper"), "folded");
    EXPECT_EQ(world.ask(table, "empty.example"), "x");
    EXPECT_EQ(world.ask(table, "\"quoted key\""), "q");
    EXPECT_EQ(world.ask(table, "missing"), "absent");
    EXPECT_TRUE(world.warnings.empty());
}

TEST(texthash, skips_bad_lines_with_file_and_line) {
    World world;
    world.files.put("/t", "  lost\nok 1\nlonely\nok 2\n# comment\nalias: x\n");
    EXPECT_EQ(world.ask("texthash:/t", "ok"), "1");
    const std::vector<std::string> expected{
        "/t, line 1: logical line must not start with whitespace: \"lost\"",
        "/t, line 3: expected format: key whitespace value",
        "/t, line 4: duplicate entry: \"ok\"",
        "/t, line 6: record is in \"key: value\" format; is this an alias file?",
    };
    EXPECT_EQ(world.warnings, expected);
}

TEST(texthash, comments_and_empty_lines_do_not_end_a_logical_line) {
    World world;
    world.files.put("/t", "a 1\n# note\n\n   2\nb 3");
    EXPECT_EQ(world.ask("texthash:/t", "a"), "1   2");
    EXPECT_EQ(world.ask("texthash:/t", "b"), "3");
}

TEST(open_table, what_cannot_be_opened_answers_unknown_with_the_reason) {
    World world;
    for (const auto& [spec, reason] : std::map<std::string, std::string>{
             {"texthash:/no", "open /no: No such file or directory"},
             {"regexp:/no", "open /no: No such file or directory"},
             {"hash:/no", "open database /no.db: No such file or directory"},
             {"nis:aliases", "unsupported dictionary type: nis"},
             {"/etc/x", "open dictionary: expecting \"type:name\" form instead of \"/etc/x\""},
             {"inline:{a}", "bad inline map: missing '=' after name in \"a\""},
         }) {
        const auto table = world.open(spec);
        EXPECT_EQ(world.ask(table, "k"), "? " + reason);
        EXPECT_EQ(open_error(*table), reason);
        EXPECT_TRUE(table->is_pattern());
    }
    EXPECT_EQ(open_error(*world.open("static:x")), std::nullopt);
}

TEST(open_table, the_proxy_prefix_is_transparent) {
    World world;
    world.files.put("/t", "a b\n");
    EXPECT_EQ(world.ask("proxy:texthash:/t", "a"), "b");
    EXPECT_EQ(world.open("proxy:texthash:/t")->name(), "proxy:texthash:/t");
}

TEST(open_table, a_table_that_two_parameters_name_is_opened_once) {
    World world;
    world.files.put("/t", "a b\n");
    TableCache cache;
    world.context.cache = &cache;
    EXPECT_EQ(world.open("texthash:/t"), world.open("texthash:/t"));
}

TEST(open_table, tells_when_its_files_changed) {
    World world;
    world.files.put("/t", "a b\n", 10);
    const auto table = world.open("texthash:/t");
    const auto missing = world.open("texthash:/later");
    EXPECT_FALSE(sources_changed(*table, world.files));
    EXPECT_FALSE(sources_changed(*missing, world.files));
    world.files.put("/t", "a c\n", 5);
    world.files.put("/later", "a c\n");
    EXPECT_TRUE(sources_changed(*table, world.files));
    EXPECT_TRUE(sources_changed(*missing, world.files));
}

TEST(hash, uses_the_source_text_when_the_database_is_missing_and_says_so) {
    World world;
    world.files.put("/t", "A b\n");
    EXPECT_EQ(world.ask("hash:/t", "a"), "b");
    ASSERT_EQ(world.warnings.size(), 1U);
    EXPECT_EQ(world.warnings[0], "database /t.db is missing: using its source file /t; run \"postmap hash:/t\"");
}

TEST(hash, reads_aliases_when_told_so) {
    World world;
    world.context.format = TextFormat::aliases;
    world.files.put("/aliases", "Root: ann, bob\n\"odd name\": \"|/bin/x: y\"\n");
    EXPECT_EQ(world.ask("hash:/aliases", "root"), "ann, bob");
    EXPECT_EQ(world.ask("hash:/aliases", "odd name"), "\"|/bin/x: y\"");
}

TEST(cidr, the_first_network_decides) {
    World world;
    world.files.put("/c", "127.0.0.0/30 low\n127.0.0.0/8 loop\n2001:db8::/32 six\n[2001:db9::]/32\tnine\n192.0.2.1 one\n!10.0.0.0/8 not ten\n");
    const auto table = world.open("cidr:/c");
    EXPECT_EQ(world.ask(table, "127.0.0.2"), "low");
    EXPECT_EQ(world.ask(table, "127.9.9.9"), "loop");
    EXPECT_EQ(world.ask(table, "192.0.2.1"), "one");
    EXPECT_EQ(world.ask(table, "2001:db8::5"), "six");
    EXPECT_EQ(world.ask(table, "2001:db9::5"), "nine");
    EXPECT_EQ(world.ask(table, "192.0.2.2"), "not ten");
    EXPECT_EQ(world.ask(table, "10.1.1.1"), "absent");
    EXPECT_EQ(world.ask(table, "host.example"), "absent");
    EXPECT_TRUE(table->is_pattern());
}

TEST(cidr, a_negated_network_speaks_of_its_own_address_family) {
    World world;
    world.files.put("/c", "!10.0.0.0/8 not ten\nif !2001:db8::/32\n::/0 six\n0.0.0.0/0 four\nendif\n::/0 rest\n");
    EXPECT_EQ(world.ask("cidr:/c", "192.0.2.1"), "not ten");
    EXPECT_EQ(world.ask("cidr:/c", "10.1.1.1"), "absent");
    EXPECT_EQ(world.ask("cidr:/c", "::1"), "six");
    EXPECT_EQ(world.ask("cidr:/c", "2001:db8::1"), "rest");
}

TEST(regexp, the_number_of_a_group_ends_where_a_name_ends) {
    World world;
    world.files.put("/r", "/^(a)1$/ $1y\n/^(a)2$/ ${1}y\n/^(a)3$/ $(1)y $$1\n/^(a)4$/ $1-y\n");
    EXPECT_EQ(world.ask("regexp:/r", "a1"), "absent");
    EXPECT_EQ(world.ask("regexp:/r", "a2"), "ay");
    EXPECT_EQ(world.ask("regexp:/r", "a3"), "ay $1");
    EXPECT_EQ(world.ask("regexp:/r", "a4"), "a-y");
    ASSERT_FALSE(world.warnings.empty());
    EXPECT_EQ(world.warnings.front(), "regexp map /r, line 1: non-numeric replacement index \"1y\": skipping this rule");
}

TEST(inline_table, the_last_of_two_equal_names_counts) {
    World world;
    EXPECT_EQ(world.ask("inline:{x=1, x=2, {y = a, b}, =none}", "x"), "2");
    EXPECT_TRUE(world.warnings.empty());
}

TEST(texthash, keeps_the_case_of_keys_if_told_so) {
    World world;
    world.context.keys.letters = KeyCase::kept;
    world.files.put("/t", "a lower\nA upper\n");
    EXPECT_EQ(world.ask("texthash:/t", "a"), "lower");
    EXPECT_EQ(world.ask("texthash:/t", "A"), "upper");
    EXPECT_EQ(world.ask("inline:{A=x}", "a"), "absent");
}

TEST(texthash, folds_keys_in_all_of_unicode) {
    World world;
    world.files.put("/t", "Jörg@Пример.РФ here\nstraße x\n\xd6 latin1\n");
    const auto table = world.open("texthash:/t");
    EXPECT_EQ(world.ask(table, "JÖRG@пример.рф"), "here");
    EXPECT_EQ(world.ask(table, "STRASSE"), "x");
    EXPECT_EQ(world.ask(table, "\xd6"), "absent");
    EXPECT_EQ(world.warnings, std::vector<std::string>{"/t, line 3: non-UTF-8 input \"? latin1\" -- ignoring this line"});
    EXPECT_EQ(world.ask("inline:{ÖL=x}", "öl"), "x");
}

TEST(texthash, folds_ascii_alone_without_smtputf8) {
    World world;
    world.context.keys.text = KeyText::bytes;
    world.files.put("/t", "JÖRG here\n\xd6X latin1\n");
    const auto table = world.open("texthash:/t");
    EXPECT_EQ(world.ask(table, "jÖrg"), "here");
    EXPECT_EQ(world.ask(table, "jörg"), "absent");
    EXPECT_EQ(world.ask(table, "\xd6x"), "latin1");
    EXPECT_TRUE(world.warnings.empty());
}

TEST(texthash, takes_values_from_files_if_told_so) {
    World world;
    world.context.values = ValueForm::files;
    world.files.put("/t", "both /one, /two\nnone /missing\n");
    world.files.put("/one", "1\n");
    world.files.put("/two", "2");
    const auto table = world.open("texthash:/t");
    EXPECT_EQ(world.ask(table, "both"), "1\n\n2\n");
    EXPECT_EQ(world.ask(table, "none"), "absent");
    EXPECT_EQ(world.warnings, (std::vector<std::string>{"/t, line 2: open /missing: No such file or directory: skipping this entry"}));
}

TEST(cidr, nests_conditions_and_skips_bad_lines) {
    World world;
    world.files.put("/c", "10.0.0.1/8 host bits\nif 10.0.0.0/8\nif !10.1.0.0/16\n10.0.0.0/8 outside\nendif\n10.1.0.0/16 inside\nendif\n"
                          "endif\nbad\nif nonsense\n0.0.0.0/0 never\nendif\n::/0 six\n10.0.0.0/33 x\n");
    const auto table = world.open("cidr:/c");
    EXPECT_EQ(world.ask(table, "10.2.0.1"), "outside");
    EXPECT_EQ(world.ask(table, "10.1.0.1"), "inside");
    EXPECT_EQ(world.ask(table, "192.0.2.1"), "absent");
    EXPECT_EQ(world.ask(table, "::1"), "six");
    const std::vector<std::string> expected{
        "cidr map /c, line 1: non-null host address bits in \"10.0.0.1/8\", perhaps you should use \"10.0.0.0/8\" instead: skipping this rule",
        "cidr map /c, line 9: no value for \"bad\": skipping this rule",
        "cidr map /c, line 10: bad address pattern: \"nonsense\": skipping this rule and those up to its ENDIF",
        "cidr map /c, line 14: bad net/mask pattern: \"10.0.0.0/33\": skipping this rule",
        "cidr map /c, line 8: ignoring ENDIF without matching IF",
    };
    EXPECT_EQ(world.warnings, expected);
}

TEST(cidr, an_ipv4_mapped_network_is_the_ipv4_network) {
    World world;
    EXPECT_EQ(world.ask("cidr:{{::ffff:10.0.0.0/104 ten}, {::ffff:0:0/80 bad}}", "10.2.3.4"), "ten");
    EXPECT_EQ(world.warnings.size(), 1U);
}

TEST(regexp, a_pattern_that_would_take_all_memory_is_skipped) {
    World world;
    world.files.put("/r", "/(a+)" + std::string(60, '+') + "b/ no\n/((x{99}){99}){99}/ no\n/^a/ yes\n");
    EXPECT_EQ(world.ask("regexp:/r", "aab"), "yes");
    ASSERT_EQ(world.warnings.size(), 2U);
    EXPECT_NE(world.warnings.front().find("regexp map /r, line 1: "), std::string::npos);
    EXPECT_NE(world.warnings.front().find("repetitions written out"), std::string::npos);
}

TEST(regexp, substitutes_negates_and_ignores_case_by_default) {
    World world;
    world.files.put("/r", "/^a(b+)c$/ got $1\n/^NOCASE$/ yes\n/^case$/i flagged\n/^x(.)(.)$/ ${2}$(1)$$\n!/z/ no-z\n");
    const auto table = world.open("regexp:/r");
    EXPECT_EQ(world.ask(table, "abbc"), "got bb");
    EXPECT_EQ(world.ask(table, "nocase"), "yes");
    EXPECT_EQ(world.ask(table, "CASE"), "no-z");
    EXPECT_EQ(world.ask(table, "xab"), "ba$");
    EXPECT_EQ(world.ask(table, "zz"), "absent");
    EXPECT_EQ(world.ask(table, "yy"), "no-z");
    EXPECT_TRUE(world.warnings.empty());
}

TEST(regexp, other_delimiters_and_escaped_ones_work) {
    World world;
    world.files.put("/r", "|a/b| slash\n/c\\/d/ escaped\n");
    EXPECT_EQ(world.ask("regexp:/r", "a/b"), "slash");
    EXPECT_EQ(world.ask("regexp:/r", "c/d"), "escaped");
}

TEST(regexp, bad_rules_are_skipped_with_file_and_line) {
    World world;
    world.files.put("/r", "/a/q x\n/(/ x\n/a $1\n/a/ $1\n!/a/ $1\n/(a)/ ${1\nnoslash x\n/a/\n");
    EXPECT_EQ(world.ask("regexp:/r", "b"), "absent");
    ASSERT_EQ(world.warnings.size(), 8U);
    EXPECT_EQ(world.warnings[0], "regexp map /r, line 1: unknown regexp option \"q\": skipping this rule");
    EXPECT_EQ(world.warnings[3], "regexp map /r, line 4: out of range replacement index \"1\": skipping this rule");
    EXPECT_EQ(world.warnings[7], "regexp map /r, line 8: using empty replacement string");
}

TEST(pcre, substitutes_and_nests_conditions) {
    World world;
    world.files.put("/p", "/^(?<n>\\d+)-(\\d+)$/ ${2}-$1\nif /^in/\nif !/out/\n/side$/ inside\nendif\nendif\n/dollar/ a$$b\n");
    const auto table = world.open("pcre:/p");
    EXPECT_EQ(world.ask(table, "12-34"), "34-12");
    EXPECT_EQ(world.ask(table, "inside"), "inside");
    EXPECT_EQ(world.ask(table, "in-outside"), "absent");
    EXPECT_EQ(world.ask(table, "outside"), "absent");
    EXPECT_EQ(world.ask(table, "A-DOLLAR"), "a$b");
}

TEST(pcre, a_pattern_that_backtracks_without_end_is_unknown_not_absent) {
    World world;
    world.files.put("/p", "/^(a+)+$/ x\n");
    EXPECT_TRUE(world.ask("pcre:/p", std::string(60, 'a') + "c").starts_with("? pcre:/p, line 1: "));
}

TEST(static_table, has_one_value_for_every_key) {
    World world;
    EXPECT_EQ(world.ask("static:all", "x"), "all");
    EXPECT_EQ(world.ask("static:{ a b }", "x"), "a b");
    EXPECT_FALSE(world.open("static:all")->is_pattern());
}

TEST(inline_table, takes_plain_and_braced_members) {
    World world;
    const auto table = world.open("inline:{a=1, B=2, {c = 3 4, 5}}");
    EXPECT_EQ(world.ask(table, "A"), "1");
    EXPECT_EQ(world.ask(table, "b"), "2");
    EXPECT_EQ(world.ask(table, "c"), "3 4, 5");
    EXPECT_EQ(world.ask(table, "d"), "absent");
    EXPECT_TRUE(open_error(*world.open("inline:{a=1")).has_value());
}

TEST(combined, unionmap_joins_pipemap_chains_randmap_chooses) {
    World world;
    EXPECT_EQ(world.ask("unionmap:{inline:{a=1},inline:{a=2}}", "a"), "1,2");
    EXPECT_EQ(world.ask("unionmap:{inline:{a=1},inline:{b=2}}", "a"), "1");
    EXPECT_EQ(world.ask("pipemap:{inline:{a=b},inline:{b=c}}", "a"), "c");
    EXPECT_EQ(world.ask("pipemap:{inline:{a=b},inline:{x=c}}", "a"), "absent");
    EXPECT_EQ(world.ask("randmap:{only}", "x"), "only");
    EXPECT_TRUE(world.ask("unionmap:{inline:{a=1},fail:dead}", "a").starts_with("? "));
}

TEST(map_list, asks_in_order_and_stops_at_doubt) {
    World world;
    const auto ask = [&world](std::string_view parameter, std::string key, KeyScope scope = KeyScope::whole) {
        const MapList list = MapList::open(parameter, world.context);
        const Lookup answer = run_now(list.find(std::move(key), scope));
        return World::show(answer) + " by " + answer.table;
    };
    EXPECT_EQ(ask("inline:{a=1}, inline:{a=2,b=3}", "a"), "1 by inline:{a=1}");
    EXPECT_EQ(ask("inline:{a=1}, inline:{a=2,b=3}", "b"), "3 by inline:{a=2,b=3}");
    EXPECT_EQ(ask("fail:x, inline:{a=1}", "a"), "? Application error by fail:x");
    EXPECT_EQ(ask("fail:x, inline:{a=1}", "a", KeyScope::part), "1 by inline:{a=1}");
    EXPECT_EQ(ask("inline:{a=1}, fail:x", "a"), "1 by inline:{a=1}");
    EXPECT_TRUE(ask("inline:{{a=}}", "a").starts_with("? "));
    EXPECT_EQ(ask("", "a"), "absent by ");
}

}  // namespace posthouse::tables
