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
            EXPECT_EQ(value_problem(parameter, parameter.name, view.text(parameter.name)), std::nullopt) << parameter.name;
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

TEST(Values, are_within_the_bounds_that_postfix_sets) {
    const auto problem = [](std::string_view name, std::string_view text) { return value_problem(*find_parameter(name), name, text).value_or("none"); };
    EXPECT_EQ(problem("hopcount_limit", "0"), "invalid hopcount_limit parameter value 0 < 1");
    EXPECT_EQ(problem("hopcount_limit", "1"), "none");
    EXPECT_EQ(problem("hopcount_limit", "2147483648"), "bad numerical configuration: hopcount_limit = 2147483648");
    EXPECT_EQ(problem("smtpd_client_message_rate_limit", "-1"), "invalid smtpd_client_message_rate_limit parameter value -1 < 0");
    EXPECT_EQ(problem("line_length_limit", "511"), "invalid line_length_limit parameter value 511 < 512");
    EXPECT_EQ(problem("smtpd_timeout", "0"), "invalid smtpd_timeout parameter value 0 < 1");
    EXPECT_EQ(problem("maximal_queue_lifetime", "101d"), "invalid maximal_queue_lifetime parameter value 8726400 > 8640000");
    EXPECT_EQ(problem("unverified_sender_reject_code", "600"), "invalid unverified_sender_reject_code parameter value 600 > 599");
    EXPECT_EQ(problem("myhostname", ""), "bad string length 0 < 1: myhostname = ");
    EXPECT_EQ(problem("myhostname", "mail server.example"),
              "myhostname = mail server.example: bad parameter value, use letters, digits, '-' and dots, as in mail.example.com");
    EXPECT_EQ(problem("mydomain", "münchen.example"), "none");
    EXPECT_NE(problem("mydomain", "a..b"), "none");
    EXPECT_NE(problem("mydomain", "192.0.2.1"), "none");
    EXPECT_EQ(problem("default_verp_delimiters", "+=-"), "bad string length 3 > 2: default_verp_delimiters = +=-");
    EXPECT_EQ(problem("queue_directory", "spool"), "queue_directory = spool: must be an absolute path");
    EXPECT_EQ(problem("maillog_file", "mail.log"), "maillog_file = mail.log: must be an absolute path");
    EXPECT_EQ(problem("maillog_file", ""), "none");
    EXPECT_EQ(problem("smtp_bind_address", "2001:db8::1"), "smtp_bind_address = 2001:db8::1: must be an IPv4 address");
    EXPECT_EQ(problem("smtp_bind_address6", "2001:db8::1"), "none");
    EXPECT_EQ(problem("relayhost", ""), "none");
}

TEST(Values, are_words_of_the_set_that_postfix_knows) {
    const auto problem = [](std::string_view name, std::string_view text) { return value_problem(*find_parameter(name), name, text).value_or("none"); };
    EXPECT_EQ(problem("smtp_tls_security_level", "Encrypt"), "none");
    EXPECT_EQ(problem("smtp_tls_security_level", ""), "none");
    EXPECT_EQ(problem("smtp_tls_security_level", "encrypted"),
              "smtp_tls_security_level = encrypted: no such value, use one of: none may encrypt dane dane-only fingerprint verify secure");
    EXPECT_EQ(problem("notify_classes", "resource, Software"), "none");
    EXPECT_EQ(problem("notify_classes", "resource, all"),
              "notify_classes = resource, all: no such value, use some of: bounce 2bounce data delay policy protocol resource software");
    EXPECT_NE(problem("mynetworks_style", "class subnet"), "none");
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
