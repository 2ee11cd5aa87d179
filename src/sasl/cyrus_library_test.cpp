#include "sasl/cyrus_library.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace posthouse::sasl {
namespace {

std::shared_ptr<const CyrusSettings> settings(const std::string& text) {
    return std::make_shared<const CyrusSettings>(CyrusSettings{parse_cyrus_config(text, "smtpd.conf", {}), "mail.example.test", "example.test"});
}

// A folder of nobody's: no password server listens, no database is there.
const std::string nobody = "saslauthd_path: /nonexistent/mux\nsasldb_path: /nonexistent/sasldb2\n";

Step plain(const std::string& config, std::string_view credentials) {
    const auto made = settings(config);
    EXPECT_TRUE(cyrus_mechanisms(made).has_value());
    return make_cyrus_login(made)->start({.mechanism = "PLAIN", .initial_response = base::base64_encode(credentials)});
}

constexpr std::string_view joe("\0joe\0secret", 11);

TEST(cyrus_library, mech_list_says_what_is_offered_for_each_service_of_its_own) {
    const auto both = cyrus_mechanisms(settings(nobody + "mech_list: LOGIN plain NOSUCH\n"));
    ASSERT_TRUE(both.has_value());
    ASSERT_EQ(both->size(), 2U);
    EXPECT_TRUE((*both)[0].properties.plaintext);
    EXPECT_FALSE((*both)[0].properties.anonymous);
    const auto one = cyrus_mechanisms(settings(nobody + "mech_list: ANONYMOUS\n"));
    ASSERT_EQ(one->size(), 1U);
    EXPECT_TRUE((*one)[0].properties.anonymous);
    EXPECT_TRUE(cyrus_mechanisms(settings(nobody + "mech_list: NOSUCH\n"))->empty());
}

TEST(cyrus_library, a_password_server_that_is_not_there_says_nothing_about_the_password) {
    const Step step = plain(nobody + "pwcheck_method: saslauthd\nmech_list: PLAIN\n", joe);
    EXPECT_EQ(step.kind, Step::Kind::temporary_failure);
    ASSERT_FALSE(step.remarks.empty());
    EXPECT_EQ(step.remarks[0], "SASL authentication failure: cannot connect to saslauthd server: No such file or directory");
}

TEST(cyrus_library, who_is_not_known_fails_like_who_has_the_wrong_password) {
    const Step step = plain(nobody + "pwcheck_method: auxprop\nauxprop_plugin: none\nmech_list: PLAIN\n", joe);
    EXPECT_NE(step.kind, Step::Kind::success);
    EXPECT_EQ(step.user, "joe@example.test");
    EXPECT_EQ(plain(nobody + "mech_list: PLAIN\n", "joe").kind, Step::Kind::failure);
}

TEST(cyrus_library, acting_as_somebody_else_is_no_login) {
    const Step step = plain(nobody + "mech_list: PLAIN\n", std::string_view("ann\0joe\0secret", 14));
    EXPECT_NE(step.kind, Step::Kind::success);
}

TEST(cyrus_library, what_is_not_base64_is_refused_here) {
    const auto made = settings(nobody + "mech_list: LOGIN\n");
    ASSERT_TRUE(cyrus_mechanisms(made).has_value());
    const auto login = make_cyrus_login(made);
    EXPECT_EQ(login->start({.mechanism = "LOGIN", .initial_response = "***"}).text, invalid_initial_response);
    EXPECT_EQ(login->start({.mechanism = "LOGIN"}).text, "VXNlcm5hbWU6");
    EXPECT_EQ(login->step("!").text, invalid_continued_response);
}

TEST(cyrus_library, log_level_adds_remarks_but_never_those_with_passwords) {
    const Step step = plain(nobody + "pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN\nlog_level: 7\n", joe);
    for (const std::string& remark : step.remarks) {
        EXPECT_EQ(remark.find("secret"), std::string::npos) << remark;
    }
}

}  // namespace
}  // namespace posthouse::sasl
