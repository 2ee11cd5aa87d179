#include "app/lint/lint_fixture_test.hpp"

namespace posthouse::app::lint {
namespace {

Said said(std::string main_cf, std::string rows = {}) { return lint_with(upstream_login, std::move(main_cf), std::move(rows)); }
const std::string good = "relayhost = [x.example]:587\nsmtp_sasl_auth_enable = yes\nsmtp_sasl_password_maps = hash:/p\nsmtp_sasl_security_options = noanonymous\nsmtp_tls_security_level = encrypt\n";

TEST(lint_upstream_login, a_login_over_tls_is_fine) { EXPECT_EQ(said(good).texts, ""); }

TEST(lint_upstream_login, passwords_need_a_switch) {
    EXPECT_EQ(said("smtp_sasl_password_maps = hash:/p\n").places, (Places{"main.cf:1: warning"}));
    EXPECT_EQ(said("", "paid unix - - n - - smtp\n -o smtp_sasl_password_maps=hash:/p\n").places, (Places{"master.cf:7: warning"}));
}

TEST(lint_upstream_login, the_default_allows_no_plaintext_mechanism) {
    EXPECT_EQ(said("smtp_sasl_auth_enable = yes\nsmtp_sasl_password_maps = hash:/p\nsmtp_tls_security_level = encrypt\n").places, (Places{"main.cf:1: warning"}));
}

TEST(lint_upstream_login, a_password_wants_tls) {
    EXPECT_EQ(said(good + "smtp_tls_security_level = may\n").places, (Places{"main.cf:4: warning"}));
}

TEST(lint_upstream_login, tls_from_the_first_byte_wants_both_settings) {
    EXPECT_EQ(said("relayhost = [x.example]:465\nsmtp_tls_security_level = encrypt\n").places, (Places{"main.cf:1: warning"}));
    EXPECT_EQ(said("relayhost = [x.example]:465\nsmtp_tls_wrappermode = yes\nsmtp_tls_security_level = encrypt\n").texts, "");
    EXPECT_EQ(said("smtp_tls_wrappermode = yes\nsmtp_tls_security_level = may\n").places, (Places{"main.cf:1: warning"}));
}

TEST(lint_upstream_login, verification_needs_authorities) {
    EXPECT_EQ(said("smtp_tls_security_level = secure\n").places, (Places{"main.cf:1: warning"}));
    EXPECT_EQ(said("smtp_tls_security_level = secure\nsmtp_tls_CAfile = /ca\n").texts, "");
    EXPECT_EQ(said("smtp_tls_CAfile = /ca\n").places, (Places{"main.cf:1: warning"})) << "no TLS at all";
}

}  // namespace
}  // namespace posthouse::app::lint
