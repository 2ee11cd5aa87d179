#include "receive/restrictions/relay_guard.hpp"

#include <gtest/gtest.h>

namespace posthouse::receive {
namespace {

bool refuses(const std::string& list, const std::string& classes = {}) {
    return refuses_relaying(config::View::of("smtpd_relay_restrictions = " + list + "\n" + classes), "smtpd_relay_restrictions");
}

TEST(RelayGuard, wants_a_word_that_refuses_strangers) {
    for (const char* word : {"reject_unauth_destination", "Defer_Unauth_Destination", "reject", "defer", "defer_if_permit", "check_relay_domains"}) {
        EXPECT_TRUE(refuses(std::string("permit_mynetworks, ") + word)) << word;
    }
    EXPECT_FALSE(refuses(""));
    EXPECT_FALSE(refuses("permit_mynetworks, permit"));
    EXPECT_FALSE(refuses("permit_mynetworks, defer_if_reject"));
}

TEST(RelayGuard, a_word_that_only_warns_or_is_never_reached_does_not_count) {
    EXPECT_FALSE(refuses("permit_mynetworks, warn_if_reject reject_unauth_destination"));
    EXPECT_FALSE(refuses("permit_mynetworks, warn_if_reject check_client_access hash:/x, warn_if_reject defer"));
    EXPECT_TRUE(refuses("warn_if_reject reject_unknown_client_hostname, reject_unauth_destination"));
    EXPECT_FALSE(refuses("permit_mynetworks, Permit, reject_unauth_destination"));
    EXPECT_FALSE(refuses("permit_mynetworks, warn_if_reject permit, reject_unauth_destination")) << "a permit stays one";
    EXPECT_TRUE(refuses("permit_mynetworks, reject_unauth_destination, permit"));
}

TEST(RelayGuard, an_argument_of_another_restriction_does_not_count) {
    for (const char* word : {"check_client_access", "check_sender_mx_access", "check_policy_service", "sleep", "reject_rbl_client", "reject_rhsbl_sender", "permit_dnswl_client"}) {
        EXPECT_FALSE(refuses(std::string(word) + " defer")) << word;
        EXPECT_TRUE(refuses(std::string(word) + " permit, reject")) << word;
    }
}

TEST(RelayGuard, classes_are_looked_into) {
    EXPECT_TRUE(refuses("permit_mynetworks, strangers", "smtpd_restriction_classes = strangers\nstrangers = permit_sasl_authenticated, reject\n"));
    EXPECT_TRUE(refuses("permit_mynetworks, outer", "smtpd_restriction_classes = outer, inner\nouter = inner\ninner = reject_unauth_destination\n"));
    EXPECT_FALSE(refuses("permit_mynetworks, strangers", "strangers = reject\n")) << "no class";
    EXPECT_FALSE(refuses("warn_if_reject strangers", "smtpd_restriction_classes = strangers\nstrangers = reject\n"));
    EXPECT_FALSE(refuses("strangers", "smtpd_restriction_classes = strangers\nstrangers = permit, reject\n"));
    EXPECT_TRUE(refuses("strangers, reject", "smtpd_restriction_classes = strangers\nstrangers = permit, reject\n")) << "as in Postfix";
    EXPECT_FALSE(refuses("a, b", "smtpd_restriction_classes = a, b\na = b, a, b\nb = a, b, a\n")) << "in a circle";
}

}  // namespace
}  // namespace posthouse::receive
