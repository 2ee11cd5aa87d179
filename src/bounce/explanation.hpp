#pragma once
// The part of a notification that people read. English, as the subjects that everybody's filters know.
#include <string>

#include "bounce/notice_plan.hpp"

namespace posthouse::bounce {

/// The template of bounce(5) that a notice is made from.
[[nodiscard]] const NoticeTemplate& template_of(mail::NotificationKind kind, const Templates& templates);
[[nodiscard]] std::string subject(mail::NotificationKind kind, Audience audience, const Templates& templates);
/// CRLF lines, with one paragraph per recipient.
[[nodiscard]] std::string explanation(const mail::Notification& notification, const Notice& notice, const BounceSettings& settings);

}  // namespace posthouse::bounce
