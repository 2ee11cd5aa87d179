#include "config/main_cf.hpp"

#include <gtest/gtest.h>

namespace posthouse::config {

namespace {
std::string value_of(const MainCf& main_cf, std::string_view name) {
    const Setting* setting = main_cf.find(name);
    return setting == nullptr ? "(unset)" : setting->value;
}
}  // namespace

TEST(MainCf, reads_settings_with_any_blanks_around_the_equals_sign) {
    Findings findings;
    const MainCf main_cf = MainCf::parse("a=1\nb =2\nc = 3 = 4 \nempty =\nmynetworks   =,\n", "main.cf", findings);
    EXPECT_EQ(value_of(main_cf, "a"), "1");
    EXPECT_EQ(value_of(main_cf, "b"), "2");
    EXPECT_EQ(value_of(main_cf, "c"), "3 = 4");
    EXPECT_EQ(value_of(main_cf, "empty"), "");
    EXPECT_EQ(value_of(main_cf, "mynetworks"), ",");
    EXPECT_EQ(value_of(main_cf, "d"), "(unset)");
    EXPECT_TRUE(findings.empty());
}

TEST(MainCf, last_of_two_entries_wins_with_a_warning) {
    Findings findings;
    const MainCf main_cf = MainCf::parse("a = 1\nb = 2\na = 3\n", "main.cf", findings);
    EXPECT_EQ(value_of(main_cf, "a"), "3");
    EXPECT_EQ(main_cf.find("a")->line, 3);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(to_text(findings[0]), "main.cf:3: warning: overriding earlier entry: a=1 (of line 1)");
}

TEST(MainCf, bad_lines_are_errors_with_their_place) {
    Findings findings;
    const MainCf main_cf = MainCf::parse("a = 1\nno equals sign\n= 5\nb = 2\n", "main.cf", findings);
    EXPECT_EQ(value_of(main_cf, "b"), "2");
    ASSERT_EQ(findings.size(), 2U);
    EXPECT_EQ(to_text(findings[0]), "main.cf:2: error: missing '=' after attribute name: \"no equals sign\"");
    EXPECT_EQ(to_text(findings[1]), "main.cf:3: error: missing attribute name: \"= 5\"");
    EXPECT_TRUE(findings.has_errors());
}

TEST(MainCf, command_line_settings_replace_those_of_the_file) {
    Findings findings;
    MainCf main_cf = MainCf::parse("a = 1\n", "main.cf", findings);
    main_cf.set("a", "2");
    main_cf.set("new", "3");
    EXPECT_EQ(value_of(main_cf, "a"), "2");
    EXPECT_EQ(value_of(main_cf, "new"), "3");
    EXPECT_TRUE(main_cf.find("new")->file.empty());
}

}  // namespace posthouse::config
