#include "receive/restrictions/access_action.hpp"

#include <gtest/gtest.h>

namespace posthouse::receive {
namespace {

using Kind = AccessAction::Kind;

AccessAction parsed(std::string_view value) { return parse_access_action(value, 554, 450); }

TEST(AccessAction, words_and_digits_permit) {
    EXPECT_EQ(parsed("OK").kind, Kind::ok);
    EXPECT_EQ(parsed("ok").kind, Kind::ok);
    EXPECT_EQ(parsed("RELAY").kind, Kind::ok);
    EXPECT_EQ(parsed("12345").kind, Kind::ok);
    EXPECT_EQ(parsed("550").kind, Kind::ok);
    EXPECT_EQ(parsed("dunno").kind, Kind::dunno);
}

TEST(AccessAction, codes_take_a_status_and_a_text) {
    const AccessAction own = parsed("550 5.7.0 own enhanced code");
    EXPECT_EQ(own.kind, Kind::reject);
    EXPECT_EQ(own.code, 550);
    EXPECT_EQ(own.status.text(), "5.7.0");
    EXPECT_EQ(own.text, "own enhanced code");
    EXPECT_EQ(parsed("450 try later").status.text(), "4.7.1");
    EXPECT_EQ(parsed("550\ttext").status.text(), "5.7.1");
    EXPECT_EQ(parsed("421 bye").kind, Kind::disconnect);
    EXPECT_EQ(parsed("521 bye").kind, Kind::disconnect);
}

TEST(AccessAction, what_only_looks_like_a_code_is_a_list_of_restrictions) {
    EXPECT_EQ(parsed("250 fine").kind, Kind::restrictions);
    EXPECT_EQ(parsed("5500 x").kind, Kind::restrictions);
    EXPECT_EQ(parsed("55x y").kind, Kind::restrictions);
}

TEST(AccessAction, refusals_have_default_texts) {
    EXPECT_EQ(parsed("REJECT").text, "Access denied");
    EXPECT_EQ(parsed("REJECT").code, 554);
    EXPECT_EQ(parsed("reject 5.1.1 who?").status.text(), "5.1.1");
    EXPECT_EQ(parsed("DEFER").code, 450);
    EXPECT_EQ(parsed("DEFER not now").text, "not now");
    EXPECT_EQ(parsed("DEFER_IF_PERMIT").text, "Service unavailable");
    EXPECT_EQ(parsed("DEFER_IF_REJECT 4.2.0 x").kind, Kind::defer_if_reject);
}

TEST(AccessAction, changes_of_the_message_keep_their_text) {
    EXPECT_EQ(parsed("FILTER smtp:x").kind, Kind::filter);
    EXPECT_EQ(parsed("PREPEND X-A: b c").kind, Kind::prepend);
    EXPECT_EQ(parsed("PREPEND X-A: b c").text, "X-A: b c");
    EXPECT_EQ(parsed("REDIRECT a@b").kind, Kind::redirect);
    EXPECT_EQ(parsed("bcc a@b").kind, Kind::bcc);
    EXPECT_EQ(parsed("bcc a@b").text, "a@b");
}

TEST(AccessAction, statuses_about_addresses_fit_what_was_looked_up) {
    using smtp::EnhancedStatus;
    EXPECT_EQ(fitting_status({5, 1, 1}, StatusSubject::recipient), (EnhancedStatus{5, 1, 1}));
    EXPECT_EQ(fitting_status({5, 1, 1}, StatusSubject::sender), (EnhancedStatus{5, 1, 0}));
    EXPECT_EQ(fitting_status({4, 1, 2}, StatusSubject::sender), (EnhancedStatus{4, 1, 8}));
    EXPECT_EQ(fitting_status({4, 1, 8}, StatusSubject::recipient), (EnhancedStatus{4, 1, 2}));
    EXPECT_EQ(fitting_status({4, 1, 7}, StatusSubject::recipient), (EnhancedStatus{4, 1, 3}));
    EXPECT_EQ(fitting_status({5, 1, 1}, StatusSubject::other), (EnhancedStatus{5, 0, 0}));
    EXPECT_EQ(fitting_status({5, 7, 1}, StatusSubject::other), (EnhancedStatus{5, 7, 1}));
}

}  // namespace
}  // namespace posthouse::receive
