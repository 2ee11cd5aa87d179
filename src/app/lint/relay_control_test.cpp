#include "app/lint/lint_fixture_test.hpp"

namespace posthouse::app::lint {
namespace {

Said said(std::string main_cf, std::string rows = {}) { return lint_with(relay_control, std::move(main_cf), std::move(rows)); }

TEST(lint_relay_control, defaults_and_the_usual_lists_are_fine) {
    EXPECT_EQ(said("").texts, "");
    EXPECT_EQ(said("smtpd_recipient_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination, check_policy_service unix:private/policy\n").texts, "");
    EXPECT_EQ(said("mydestination =\nrelay_domains =\nsmtpd_relay_restrictions = permit_mynetworks, reject\n").texts, "");
}

TEST(lint_relay_control, permit_in_front_of_the_refusal_is_an_open_relay) {
    const Said found = said("smtpd_relay_restrictions = permit_mynetworks, permit, reject_unauth_destination\n");
    ASSERT_FALSE(found.places.empty());
    EXPECT_EQ(found.places.front(), "main.cf:1: error");
    EXPECT_NE(found.texts.find("open relay"), std::string::npos);
}

TEST(lint_relay_control, a_refusal_that_only_warns_or_is_an_argument_is_none) {
    const Said warns = said("smtpd_relay_restrictions = permit_mynetworks, warn_if_reject reject_unauth_destination\n");
    EXPECT_EQ(warns.places, (Places{"main.cf:1: error"}));
    EXPECT_NE(warns.texts.find("open relay: warn_if_reject reject_unauth_destination only logs"), std::string::npos) << warns.texts;
    const Said argument = said("smtpd_relay_restrictions = permit_mynetworks, reject_rbl_client reject_unauth_destination\n");
    EXPECT_EQ(argument.places, (Places{"main.cf:1: error"}));
    EXPECT_NE(argument.texts.find("open relay: reject_unauth_destination is an argument of reject_rbl_client there"), std::string::npos) << argument.texts;
    EXPECT_EQ(said("smtpd_relay_restrictions = permit_mynetworks, strangers\nsmtpd_restriction_classes = strangers\nstrangers = reject_unauth_destination\n").texts, "");
}

TEST(lint_relay_control, what_only_warns_neither_ends_a_list_nor_refuses_anybody) {
    EXPECT_EQ(said("mynetworks =\nsmtpd_client_restrictions = warn_if_reject reject, reject_unknown_client_hostname\n").texts, "");
}

TEST(lint_relay_control, a_second_list_that_refuses_is_enough) {
    const Said found = said("smtpd_relay_restrictions = permit\nsmtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination\n");
    EXPECT_EQ(found.texts, "");
}

TEST(lint_relay_control, an_ok_by_claim_comes_too_early) {
    EXPECT_EQ(said("smtpd_relay_restrictions = check_sender_access hash:/x, reject_unauth_destination\n").places, (Places{"main.cf:1: warning"}));
    EXPECT_EQ(said("smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination, check_sender_access hash:/x\n").texts, "");
}

TEST(lint_relay_control, permit_at_the_end_is_said_to_be_nothing) {
    EXPECT_EQ(said("smtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination, permit\n").places, (Places{"main.cf:1: note"}));
}

TEST(lint_relay_control, what_comes_behind_the_end_is_never_reached) {
    EXPECT_EQ(said("smtpd_sender_restrictions = permit_mynetworks, reject, reject_unknown_sender_domain\n").places, (Places{"main.cf:1: warning"}));
}

TEST(lint_relay_control, words_of_a_would_be_comment_are_nobodys_business) {
    EXPECT_EQ(said("smtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination # Reject everything else\n").texts, "");
}

TEST(lint_relay_control, a_list_that_nobody_passes_is_found) {
    EXPECT_EQ(said("mynetworks =\nsmtpd_client_restrictions = permit_mynetworks, reject\n").places, (Places{"main.cf:2: warning"}));
    EXPECT_EQ(said("mynetworks = 127.0.0.1\nsmtpd_client_restrictions = permit_mynetworks, reject\n").texts, "");
    EXPECT_EQ(said("", "587 inet n - n - - smtpd\n -o smtpd_client_restrictions=permit_sasl_authenticated,reject\n").places, (Places{"master.cf:7: warning"}));
    EXPECT_EQ(said("", "587 inet n - n - - smtpd\n -o smtpd_sasl_auth_enable=yes\n -o smtpd_client_restrictions=permit_sasl_authenticated,reject\n").texts, "");
    EXPECT_EQ(said("smtpd_client_restrictions = check_client_access hash:/x, reject\n").texts, "");
    EXPECT_EQ(said("smtpd_client_restrictions = reject_rbl_client list.example, reject\n").places, (Places{"main.cf:1: warning"}));
}

TEST(lint_relay_control, logins_come_after_the_greeting) {
    const std::string row = "587 inet n - n - - smtpd\n -o smtpd_sasl_auth_enable=yes\n -o smtpd_client_restrictions=permit_sasl_authenticated,reject\n";
    EXPECT_EQ(said("smtpd_delay_reject = no\n", row).places, (Places{"master.cf:8: warning"}));
    EXPECT_EQ(said("smtpd_delay_reject = yes\n", row).texts, "");
}

TEST(lint_relay_control, own_domains_want_strangers) {
    EXPECT_EQ(said("mydestination = example.org\nsmtpd_relay_restrictions = permit_mynetworks, reject\n").places, (Places{"main.cf:2: warning"}));
}

}  // namespace
}  // namespace posthouse::app::lint
