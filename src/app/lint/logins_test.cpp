#include "app/lint/lint_fixture_test.hpp"

namespace posthouse::app::lint {
namespace {

Said said(std::string main_cf, std::string rows = {}, std::map<std::string, ListedFile> files = {{"/q/private/auth", {}}}) {
    return lint_with(logins, "smtpd_sasl_type = dovecot\nsmtpd_sasl_path = private/auth\nqueue_directory = /q\n" + main_cf, std::move(rows), std::move(files));
}

TEST(lint_logins, without_auth_there_is_nothing_to_say) { EXPECT_EQ(said("", "", {}).texts, ""); }

TEST(lint_logins, passwords_without_tls_are_seen_by_all) {
    EXPECT_EQ(said("smtpd_sasl_auth_enable = yes\n").places, (Places{"main.cf:4: warning"}));
    EXPECT_EQ(said("smtpd_sasl_auth_enable = yes\nsmtpd_tls_security_level = may\n").places, (Places{"main.cf:4: warning"}));
    EXPECT_EQ(said("smtpd_sasl_auth_enable = yes\nsmtpd_tls_security_level = may\nsmtpd_tls_auth_only = yes\n").texts, "");
    EXPECT_EQ(said("smtpd_sasl_auth_enable = yes\nsmtpd_tls_security_level = encrypt\n").texts, "");
    EXPECT_EQ(said("smtpd_sasl_auth_enable = yes\nsmtpd_sasl_security_options = noanonymous, noplaintext\n").texts, "");
    EXPECT_EQ(said("smtpd_sasl_auth_enable = yes\ninet_interfaces = 127.0.0.1\n").texts, "") << "nobody listens on the way";
}

TEST(lint_logins, auth_only_under_tls_needs_tls) {
    const Said found = said("smtpd_sasl_auth_enable = yes\nsmtpd_tls_auth_only = yes\n");
    EXPECT_EQ(found.places, (Places{"main.cf:5: warning"}));
    EXPECT_NE(found.texts.find("nobody can log in"), std::string::npos);
}

TEST(lint_logins, the_port_for_the_world_needs_none_beside_a_port_for_logins) {
    const std::string tls = "smtpd_tls_security_level = encrypt\n";
    EXPECT_EQ(said(tls + "smtpd_sasl_auth_enable = yes\n", "587 inet n - n - - smtpd -o smtpd_sasl_auth_enable=yes\n").places, (Places{"main.cf:5: warning"}));
    EXPECT_EQ(said(tls, "587 inet n - n - - smtpd -o smtpd_sasl_auth_enable=yes\n").texts, "");
    EXPECT_EQ(said(tls + "smtpd_sasl_auth_enable = yes\n", "587 inet n - n - - smtpd\n").texts, "");
}

TEST(lint_logins, somebody_must_know_the_passwords) {
    EXPECT_EQ(said("smtpd_sasl_auth_enable = yes\nsmtpd_tls_security_level = encrypt\n", "", {}).places, (Places{"main.cf:2: warning"}));
    const std::string cyrus = "smtpd_sasl_auth_enable = yes\nsmtpd_tls_security_level = encrypt\nsmtpd_sasl_type = cyrus\nsmtpd_sasl_path = smtpd\n";
    EXPECT_EQ(said(cyrus, "", {}).places, (Places{"main.cf:7: warning"}));
    EXPECT_EQ(said(cyrus, "", {{"/c/sasl/smtpd.conf", {}}}).texts, "");
}

}  // namespace
}  // namespace posthouse::app::lint
