#include "tables/key_template.hpp"

#include <gtest/gtest.h>

namespace posthouse::tables {
namespace {

std::string query(const std::string& text, std::string_view key) {
    const auto quote = [](std::string_view part) { return "'" + std::string(part) + "'"; };
    return KeyTemplate::parse(text).value().expand(key, quote).value_or("none");
}

std::string result(const std::string& text, std::string_view value, std::string_view key) {
    return KeyTemplate::parse(text).value().expand_result(value, key).value_or("none");
}

TEST(key_template, a_query_takes_the_parts_of_the_key_and_quotes_them) {
    EXPECT_EQ(query("%s=%u@%d %%", "joe@example.com"), "'joe@example.com'='joe'@'example.com' %");
    EXPECT_EQ(query("%S %U %D", "joe@example.com"), "'joe@example.com' 'joe' 'example.com'");
    EXPECT_EQ(query("%1.%2.%3", "joe@mail.example.com"), "'com'.'example'.'mail'");
    EXPECT_EQ(query("%u", "a@b@c"), "'a@b'");
    EXPECT_EQ(query("%u", "example.com"), "'example.com'");
}

TEST(key_template, a_key_without_a_part_that_is_asked_for_is_not_asked) {
    for (const auto& [text, key] : std::vector<std::pair<std::string, std::string>>{
             {"%d", "joe"}, {"%D", "joe"}, {"%d", "joe@"}, {"%u", "@example.com"}, {"%U", "@example.com"}, {"%1", "joe"}, {"%3", "joe@example.com"},
             {"%1", "joe@example.com."}, {"%2", "joe@a..com"}, {"%s", ""}}) {
        EXPECT_EQ(query(text, key), "none") << text << ' ' << key;
    }
    EXPECT_EQ(query("%1", "joe@a..com"), "'com'");
}

TEST(key_template, a_result_takes_small_letters_from_the_value_and_large_ones_from_the_key) {
    EXPECT_EQ(result("%s %u %d %S %U %D %1", "v@w.org", "k@example.com"), "v@w.org v w.org k@example.com k example.com com");
    EXPECT_EQ(result("smtp:[%s]", "mail", "k"), "smtp:[mail]");
    EXPECT_EQ(result("%u", "plain", "k"), "plain");
    EXPECT_EQ(result("%d", "plain", "k@x"), "none");
    EXPECT_EQ(result("%u", "@x", "k@x"), "none");
    EXPECT_EQ(result("%D", "v", "k"), "none");
    EXPECT_EQ(result("%s", "", "k"), "none");
    EXPECT_EQ(result("fixed", "v", "k"), "fixed");
}

TEST(key_template, other_letters_are_refused) {
    for (const char* text : {"%x", "50%", "%0", "% s"}) {
        EXPECT_FALSE(KeyTemplate::parse(text).has_value()) << text;
    }
    EXPECT_FALSE(KeyTemplate::parse("select 1").value().asks_for_key());
    EXPECT_TRUE(KeyTemplate::parse("%%%d").value().asks_for_key());
}

}  // namespace
}  // namespace posthouse::tables
