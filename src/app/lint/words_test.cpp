// Old names, comments that are none, -o that does nothing.
#include "app/lint/lint_fixture_test.hpp"

namespace posthouse::app::lint {
namespace {

TEST(lint_old_names, are_told_with_the_new_one) {
    const Said found = lint_with(old_names, "smtpd_use_tls = yes\nsmtpd_client_restrictions = reject_unknown_client\n");
    EXPECT_EQ(found.places, (Places{"main.cf:2: note", "main.cf:1: note"}));
    EXPECT_NE(found.texts.find("smtpd_tls_security_level = may"), std::string::npos);
    EXPECT_EQ(lint_with(old_names, "smtpd_tls_security_level = may\nsmtpd_client_restrictions = reject_unknown_client_hostname\n").texts, "");
}

TEST(lint_comments, behind_a_value_are_part_of_it) {
    EXPECT_EQ(lint_with(comments, "relayhost = [x.example]:587 # the provider\n").places, (Places{"main.cf:1: error"}));
    EXPECT_EQ(lint_with(comments, "smtpd_tls_security_level = may #opportunistic\n").places, (Places{"main.cf:1: error"}));
    EXPECT_EQ(lint_with(comments, "smtpd_banner = $myhostname # 1 in the world\nmynetworks = 127.0.0.1 # lists are told elsewhere\n# relayhost\n").texts, "");
    EXPECT_EQ(lint_with(comments, "smtpd_tls_CAfile = /etc/ca#1.pem\n").texts, "");
}

TEST(lint_comments, behind_a_row_are_arguments) {
    EXPECT_EQ(lint_with(comments, "", "587 inet n - n - - smtpd # for people\n").places, (Places{"master.cf:6: error"}));
    EXPECT_EQ(lint_with(comments, "", "p unix - n n - - pipe user=x argv=/bin/x #1\n").texts, "");
}

TEST(lint_overrides, twice_in_a_row_the_last_counts) {
    EXPECT_EQ(lint_with(overrides, "", "587 inet n - n - - smtpd\n -o smtpd_helo_required=no\n -o smtpd_helo_required=yes\n").places, (Places{"master.cf:8: warning"}));
    EXPECT_EQ(lint_with(overrides, "", "587 inet n - n - - smtpd -o a=1 -o a=1\n588 inet n - n - - smtpd -o a=2\n").texts, "");
}

TEST(lint_overrides, what_another_program_reads_has_no_effect) {
    EXPECT_EQ(lint_with(overrides, "", "587 inet n - n - - smtpd\n -o header_checks=regexp:/x\n").places, (Places{"master.cf:7: warning"}));
    EXPECT_EQ(lint_with(overrides, "", "cleanup unix n - n - 0 cleanup\n -o header_checks=regexp:/x\n").texts, "");
    EXPECT_EQ(lint_with(overrides, "", "l2 unix - - n - - lmtp\n -o smtp_helo_timeout=5\n").places, (Places{"master.cf:7: warning"}));
    EXPECT_EQ(lint_with(overrides, "", "l2 unix - - n - - lmtp\n -o lmtp_lhlo_timeout=5\n").texts, "");
}

TEST(lint_overrides, a_second_cleanup_is_never_asked) {
    const Said found = lint_with(overrides, "", "c2 unix n - n - 0 cleanup\n -o header_checks=regexp:/x\n");
    EXPECT_EQ(found.places, (Places{"master.cf:7: warning"}));
    EXPECT_NE(found.texts.find("all mail passes the one row that is named cleanup"), std::string::npos) << found.texts;
}

TEST(lint_overrides, nobody_is_sent_to_a_cleanup_of_their_own) {
    const Said found = lint_with(overrides, "", "587 inet n - n - - smtpd\n -o header_checks=regexp:/x\n -o canonical_maps=hash:/x\n -o always_bcc=a@b.example\n");
    EXPECT_EQ(found.texts.find("cleanup_service_name"), std::string::npos) << found.texts;
}

TEST(lint_overrides, a_relayhost_of_a_transport_belongs_into_its_route) {
    const Said found = lint_with(overrides, "", "paid unix - - n - - smtp\n -o relayhost=[x.example]:587\n");
    EXPECT_EQ(found.places, (Places{"master.cf:7: warning"}));
    EXPECT_NE(found.texts.find("\"paid:[x.example]:587\""), std::string::npos) << found.texts;
    EXPECT_EQ(lint_with(overrides, "", "paid unix - - n - - smtp\n -o relayhost=\n").texts, "");
}

}  // namespace
}  // namespace posthouse::app::lint
