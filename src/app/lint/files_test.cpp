// Secrets, certificates.
#include "app/lint/lint_fixture_test.hpp"

namespace posthouse::app::lint {
namespace {

TEST(lint_secrets, passwords_are_for_root_alone) {
    const std::string main_cf = "smtp_sasl_password_maps = hash:/p\n";
    EXPECT_EQ(lint_with(secrets, main_cf, "", {{"/p", {"", 0644}}, {"/p.db", {"", 0640}}}).places, (Places{"main.cf:1: warning"}));
    EXPECT_EQ(lint_with(secrets, main_cf, "", {{"/p", {"", 0600}}, {"/p.db", {"", 0644}}}).places, (Places{"main.cf:1: warning"}));
    EXPECT_EQ(lint_with(secrets, main_cf, "", {{"/p", {"", 0600}}, {"/p.db", {"", 0600}}}).texts, "");
    EXPECT_EQ(lint_with(secrets, "", "paid unix - - n - - smtp\n -o smtp_sasl_password_maps=hash:/p\n", {{"/p", {"", 0644}}}).places, (Places{"master.cf:7: warning"}));
}

TEST(lint_secrets, so_are_keys_and_logins_at_databases) {
    EXPECT_EQ(lint_with(secrets, "smtpd_tls_key_file = $config_directory/k\n", "", {{"/c/k", {"", 0644}}}).places, (Places{"main.cf:1: warning"}));
    EXPECT_EQ(lint_with(secrets, "smtpd_tls_cert_file = /k\n", "", {{"/k", {"", 0644}}}).texts, "") << "that one is for everybody";
    EXPECT_EQ(lint_with(secrets, "virtual_mailbox_maps = proxy:mysql:/m\n", "", {{"/m", {"password = x\n", 0644}}}).places, (Places{"main.cf:1: warning"}));
    EXPECT_EQ(lint_with(secrets, "virtual_mailbox_maps = proxy:mysql:/m\n", "", {{"/m", {"user = x\n", 0644}}}).texts, "");
    EXPECT_EQ(lint_with(secrets, "smtpd_sasl_type = file\nsmtpd_sasl_path = /h\n", "", {{"/h", {"", 0644}}}).places, (Places{"main.cf:2: warning"}));
}

TEST(lint_certificates, expire) {
    const std::string main_cf = "smtpd_tls_cert_file = /x\n";
    EXPECT_EQ(lint_with(certificates, main_cf, "", {{"/x", {"-1"}}}).places, (Places{"main.cf:1: error"}));
    EXPECT_EQ(lint_with(certificates, main_cf, "", {{"/x", {"13"}}}).places, (Places{"main.cf:1: warning"}));
    EXPECT_EQ(lint_with(certificates, main_cf, "", {{"/x", {"60"}}}).texts, "");
    EXPECT_EQ(lint_with(certificates, main_cf).texts, "") << "one that is not there is somebody else's finding";
}

}  // namespace
}  // namespace posthouse::app::lint
