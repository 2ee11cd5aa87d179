#include "config/parameter.hpp"
#include "config/value.hpp"
#include "config/view.hpp"

#include <gtest/gtest.h>

#include <set>

namespace posthouse::config {

TEST(ParameterTable, has_every_name_once) {
    std::set<std::string_view> names;
    for (const Parameter& parameter : all_parameters()) {
        EXPECT_TRUE(names.insert(parameter.name).second) << parameter.name;
    }
    EXPECT_GE(names.size(), 950U);
}

TEST(ParameterTable, every_row_has_a_sentence) {
    for (const Parameter& parameter : all_parameters()) {
        EXPECT_FALSE(parameter.sentence.empty()) << parameter.name;
    }
}

TEST(ParameterTable, every_default_is_a_value_of_its_type) {
    const View view;
    for (const Parameter& parameter : all_parameters()) {
        const bool no_default = parameter.default_text.empty() && parameter.origin == Origin::other;
        if (!no_default) {
            EXPECT_EQ(value_problem(parameter, view.text(parameter.name)), std::nullopt) << parameter.name;
        }
    }
}

TEST(ParameterTable, finds_names_by_their_exact_spelling) {
    ASSERT_NE(find_parameter("smtpd_banner"), nullptr);
    EXPECT_EQ(find_parameter("smtpd_banner")->default_text, "$myhostname ESMTP $mail_name");
    EXPECT_NE(find_parameter("2bounce_notice_recipient"), nullptr);
    EXPECT_EQ(find_parameter("SMTPD_banner"), nullptr);
    EXPECT_EQ(find_parameter("delay_warning_time")->unit, Unit::h);
    EXPECT_EQ(find_parameter("smtpd_timeout")->type, Type::time);
    EXPECT_EQ(find_parameter("maps_rbl_domains")->status, Status::refuse_not_yet);
}

TEST(ParameterTable, suggests_the_nearest_name) {
    ASSERT_NE(nearest_parameter("smtpd_recipient_restriction"), nullptr);
    EXPECT_EQ(nearest_parameter("smtpd_recipient_restriction")->name, "smtpd_recipient_restrictions");
    EXPECT_EQ(nearest_parameter("relayhsot")->name, "relayhost");
    EXPECT_EQ(nearest_parameter("completely_unrelated_setting"), nullptr);
    EXPECT_EQ(nearest_parameter("x"), nullptr);
}

TEST(Values, times_with_and_without_units) {
    using std::chrono::seconds;
    EXPECT_EQ(parse_time("5"), seconds(5));
    EXPECT_EQ(parse_time("5", Unit::h), seconds(18000));
    EXPECT_EQ(parse_time("5m", Unit::h), seconds(300));
    EXPECT_EQ(parse_time("2d"), seconds(172800));
    EXPECT_EQ(parse_time("1w"), seconds(604800));
    for (const char* bad : {"", "s", "5x", "-5", "1.5h", "5 m x", "5hh", "99999999999", "4000w"}) {
        EXPECT_EQ(parse_time(bad), std::nullopt) << bad;
    }
}

TEST(Values, booleans_numbers_and_lists) {
    EXPECT_EQ(parse_boolean("Yes"), true);
    EXPECT_EQ(parse_boolean("no"), false);
    EXPECT_EQ(parse_boolean("true"), std::nullopt);
    EXPECT_EQ(parse_integer("-1"), -1);
    EXPECT_EQ(parse_integer("1k"), std::nullopt);
    EXPECT_EQ(parse_size("10240000"), base::Bytes{10240000});
    EXPECT_EQ(parse_size("-1"), std::nullopt);
    EXPECT_EQ(parse_list("a, b\n\tc,,{ check_x, y z } d,"), (std::vector<std::string>{"a", "b", "c", "{ check_x, y z }", "d"}));
}

}  // namespace posthouse::config
