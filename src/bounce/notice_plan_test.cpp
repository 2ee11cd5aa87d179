#include "bounce/notice_plan.hpp"

#include <gtest/gtest.h>

#include "bounce/explanation.hpp"

namespace posthouse::bounce {
namespace {

mail::Notification about(mail::NotificationKind kind, mail::DsnNotify notify) {
    mail::Notification out;
    out.kind = kind;
    auto envelope = std::make_shared<mail::Envelope>();
    envelope->reverse_path = mail::ReversePath("sender@back.example");
    out.envelope = std::move(envelope);
    mail::Notification::Entry entry;
    entry.recipient.address = "x@example.net";
    entry.recipient.notify = notify;
    out.entries.push_back(std::move(entry));
    return out;
}

}  // namespace

TEST(notice_plan, the_end_of_a_delay_is_told_to_whom_the_delay_was_told) {
    const auto planned = [](mail::DsnNotify notify) { return plan_notices(about(mail::NotificationKind::delay_cleared, notify), {}).notices.size(); };
    EXPECT_EQ(planned({}), 1U);
    EXPECT_EQ(planned({.delay = true}), 1U);
    EXPECT_EQ(planned({.failure = true}), 0U);
    EXPECT_EQ(planned({.never = true}), 0U);
    EXPECT_EQ(subject(mail::NotificationKind::delay_cleared, Audience::sender, built_in_templates()), "Successful Mail Delivery Report");
}

TEST(notice_plan, a_report_for_the_null_reverse_path_is_for_the_postmaster_or_nobody) {
    mail::Notification report = about(mail::NotificationKind::report, {});
    auto envelope = std::make_shared<mail::Envelope>(*report.envelope);
    envelope->reverse_path = {};
    report.envelope = std::move(envelope);
    EXPECT_TRUE(plan_notices(report, {}).notices.empty());
    BounceSettings settings;
    settings.notify_double_bounce = true;
    ASSERT_EQ(plan_notices(report, settings).notices.size(), 1U);
    EXPECT_EQ(plan_notices(report, settings).notices[0].audience, Audience::postmaster);
}

TEST(notice_plan, a_bounce_of_variable_return_paths_goes_to_the_sender_that_names_its_recipient) {
    const auto told = [](mail::NotificationKind kind, bool disabled) {
        mail::Notification notification = about(kind, {});
        auto envelope = std::make_shared<mail::Envelope>(*notification.envelope);
        envelope->verp_delimiters = "+=";
        notification.envelope = std::move(envelope);
        BounceSettings settings;
        settings.disable_verp_bounces = disabled;
        return plan_notices(notification, settings).notices.at(0).to;
    };
    EXPECT_EQ(told(mail::NotificationKind::failure, false), "sender+x=example.net@back.example");
    EXPECT_EQ(told(mail::NotificationKind::failure, true), "sender@back.example");
    EXPECT_EQ(told(mail::NotificationKind::delay, false), "sender@back.example");
}

}  // namespace posthouse::bounce
