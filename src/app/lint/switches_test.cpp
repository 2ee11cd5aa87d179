#include "app/lint/lint_fixture_test.hpp"

namespace posthouse::app::lint {
namespace {

Said said(std::string main_cf, std::string rows = {}) { return lint_with(switches, std::move(main_cf), std::move(rows)); }

TEST(lint_switches, sender_logins_must_be_asked_for) {
    EXPECT_EQ(said("smtpd_sender_login_maps = hash:/x\n").places, (Places{"main.cf:1: warning"}));
    EXPECT_EQ(said("smtpd_sender_login_maps = hash:/x\nsmtpd_sender_restrictions = reject_sender_login_mismatch\n").texts, "");
    EXPECT_EQ(said("smtpd_sender_login_maps = hash:/x\n", "587 inet n - n - - smtpd -o smtpd_sender_restrictions=reject_authenticated_sender_login_mismatch\n").texts, "");
    EXPECT_EQ(said("smtpd_sender_login_maps = hash:/x\nsmtpd_restriction_classes = own\nown = reject_sender_login_mismatch\n").texts, "");
}

TEST(lint_switches, a_password_backend_must_be_turned_on) {
    EXPECT_EQ(said("smtpd_sasl_type = dovecot\nsmtpd_sasl_path = private/auth\n").places, (Places{"main.cf:2: note", "main.cf:1: note"}));
    EXPECT_EQ(said("smtpd_sasl_path = private/auth\n", "587 inet n - n - - smtpd -o smtpd_sasl_auth_enable=yes\n").texts, "");
}

TEST(lint_switches, a_certificate_must_be_offered) {
    EXPECT_EQ(said("smtpd_tls_cert_file = /x\n").places, (Places{"main.cf:1: warning"}));
    EXPECT_EQ(said("smtpd_tls_cert_file = /x\nsmtpd_tls_security_level = may\n").texts, "");
    EXPECT_EQ(said("smtpd_tls_cert_file = /x\n", "465 inet n - n - - smtpd -o smtpd_tls_wrappermode=yes\n").texts, "");
}

TEST(lint_switches, logins_by_sender_need_logins) {
    EXPECT_EQ(said("smtp_sender_dependent_authentication = yes\n").places, (Places{"main.cf:1: warning"}));
    EXPECT_EQ(said("smtp_sender_dependent_authentication = yes\nsmtp_sasl_auth_enable = yes\n").texts, "");
}

TEST(lint_switches, an_action_needs_its_test) {
    EXPECT_EQ(said("postscreen_bare_newline_action = enforce\n").places, (Places{"main.cf:1: note"}));
    EXPECT_EQ(said("postscreen_bare_newline_action = enforce\npostscreen_bare_newline_enable = yes\n").texts, "");
}

}  // namespace
}  // namespace posthouse::app::lint
