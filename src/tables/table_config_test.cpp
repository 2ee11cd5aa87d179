#include "tables/table_config.hpp"

#include <gtest/gtest.h>

#include "tables/fake_files.hpp"
#include "tables/key_rules.hpp"
#include "tables/run_task.hpp"

namespace posthouse::tables {
namespace {

TEST(table_config, reads_lines_as_main_cf_has_them_without_expansion) {
    FakeFiles files;
    std::vector<std::string> warnings;
    const OpenContext context{.files = files, .warn = [&](std::string text) { warnings.push_back(std::move(text)); }};
    files.put("/t.cf", "# comment\nquery = SELECT a\n  FROM $t WHERE x='%s'\nempty =\nhosts=a\nhosts = b\nn = 12\nyes = YES\n");
    const auto config = TableConfig::read({"mysql:/t.cf", "mysql", "/t.cf"}, context).value();
    EXPECT_EQ(config.text("query"), "SELECT a  FROM $t WHERE x='%s'");
    EXPECT_EQ(config.text("empty", "x"), "");
    EXPECT_EQ(config.text("none", "x"), "x");
    EXPECT_EQ(config.text("hosts"), "b");
    EXPECT_EQ(config.number("n", 1).value(), 12);
    EXPECT_EQ(config.number("none", 1).value(), 1);
    EXPECT_TRUE(config.truth("yes", "no").value());
    EXPECT_FALSE(config.truth("none", "no").value());
    EXPECT_EQ(warnings, (std::vector<std::string>{"/t.cf, line 6: overriding earlier entry: hosts"}));
}

TEST(table_config, errors_name_the_place) {
    FakeFiles files;
    const OpenContext context{.files = files};
    EXPECT_EQ(TableConfig::read({"mysql:/no.cf", "mysql", "/no.cf"}, context).error().text, "open /no.cf: No such file or directory");
    EXPECT_EQ(TableConfig::parse("a = b\nlonely\n", "/t.cf", context).error().text, "/t.cf, line 2: expecting \"name = value\" instead of \"lonely\"");
    EXPECT_FALSE(TableConfig::parse("a b = c\n", "/t.cf", context).has_value());
    EXPECT_FALSE(TableConfig::parse(" = c\n", "/t.cf", context).has_value());
    EXPECT_FALSE(TableConfig::read({"mysql:name", "mysql", "name"}, context).has_value());
    const auto config = TableConfig::parse("n = -1\nm = x\nb = maybe\n", "/t.cf", context).value();
    EXPECT_EQ(config.number("n", 1).error().text, "/t.cf: bad numerical configuration: n = -1");
    EXPECT_FALSE(config.number("m", 1).has_value());
    EXPECT_FALSE(config.number("none", 5, {.least = 0, .most = 9}).value() != 5);
    EXPECT_EQ(config.truth("b", "no").error().text, "/t.cf: bad boolean configuration: b = maybe");
}

TEST(table_config, a_table_that_is_no_file_has_its_settings_in_main_cf) {
    FakeFiles files;
    const std::map<std::string, std::string> main_cf{{"people_query", "SELECT v"}, {"people_expansion_limit", "x"}, {"people_nonsense", "y"}, {"other_hosts", "a"}};
    const OpenContext context{.files = files, .main_cf = [&](const std::string& name) {
                                  const auto found = main_cf.find(name);
                                  return found == main_cf.end() ? std::nullopt : std::optional(found->second);
                              }};
    const TableName people{"mysql:people", "mysql", "people"};
    const auto config = TableConfig::read(people, context).value();
    EXPECT_EQ(config.text("query"), "SELECT v");
    EXPECT_FALSE(config.has("hosts"));
    EXPECT_FALSE(config.has("nonsense"));
    EXPECT_EQ(config.number("expansion_limit", 0).error().text, "mysql:people (settings people_... in main.cf): bad numerical configuration: expansion_limit = x");
    EXPECT_TRUE(TableConfig::sources(people, context).empty());
    EXPECT_EQ(TableConfig::sources({"mysql:./people", "mysql", "./people"}, context).size(), 1U);
}

class Rules : public ::testing::Test {
protected:
    KeyRules rules(std::string_view text) { return KeyRules::from(TableConfig::parse(text, "/t.cf", {.files = files_}).value(), {.files = files_}).value(); }
    std::string prepare(const KeyRules& rules, std::string key) {
        const auto prepared = run_now(rules.prepare(std::move(key), "t"));
        return !prepared.decided ? prepared.text : prepared.decided->is_absent() ? "absent" : "? " + prepared.decided->reason;
    }
    FakeFiles files_;
};

TEST_F(Rules, only_addresses_of_the_domain_are_asked_for) {
    const KeyRules some = rules("domain = example.com, !static:all, inline:{x.org=y}\n");
    EXPECT_EQ(prepare(some, "Joe@EXAMPLE.com"), "joe@example.com");
    EXPECT_EQ(prepare(rules("domain = inline:{x.org=y}, /none\n"), "joe@x.org"), "joe@x.org");
    for (const char* key : {"joe", "@example.com", "joe@", "example.com", "joe@sub.example.com"}) {
        EXPECT_EQ(prepare(some, key), "absent") << key;
    }
    EXPECT_EQ(prepare(rules("domain = fail:\n"), "joe@x.org").substr(0, 1), "?");
    EXPECT_EQ(prepare(rules(""), "joe"), "joe");
}

TEST_F(Rules, what_is_no_utf8_is_not_asked_for) {
    const KeyRules all = rules("");
    EXPECT_EQ(prepare(all, "gr\xc3\xbcn"), "gr\xc3\xbcn");
    for (const std::string key : {"\xff", "a\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80"}) {
        EXPECT_EQ(prepare(all, key), "absent");
    }
    EXPECT_EQ(prepare(all, ""), "absent");
    EXPECT_EQ(prepare(all, std::string("a\0b", 3)), "absent");
}

TEST_F(Rules, results_are_joined_up_to_the_limit) {
    const KeyRules limited = rules("result_format = smtp:%s\nexpansion_limit = 2\n");
    ResultGatherer two(limited.result_format, "k", limited.expansion_limit);
    EXPECT_TRUE(two.add("a"));
    EXPECT_TRUE(two.add(""));
    EXPECT_TRUE(two.add("b"));
    EXPECT_EQ(std::move(two).finish("t").value, "smtp:a,smtp:b");
    ResultGatherer three(limited.result_format, "k", limited.expansion_limit);
    EXPECT_TRUE(three.add("a") && three.add("b") && !three.add("c"));
    EXPECT_TRUE(std::move(three).finish("t").is_unknown());
    EXPECT_TRUE(ResultGatherer(limited.result_format, "k", 0).finish("t").is_absent());
}

TEST_F(Rules, wrong_settings_are_refused) {
    for (const char* text : {"result_format = %x\n", "expansion_limit = no\n"}) {
        EXPECT_FALSE(KeyRules::from(TableConfig::parse(text, "/t.cf", {.files = files_}).value(), {.files = files_}).has_value());
    }
}

}  // namespace
}  // namespace posthouse::tables
