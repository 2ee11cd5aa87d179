#include "bounce/notice_plan.hpp"

#include "base/text.hpp"
#include "mail/verp.hpp"

namespace posthouse::bounce {
namespace {

using mail::NotificationKind;

bool is_wanted(NotificationKind kind, const mail::DsnNotify& notify) {
    switch (kind) {
        case NotificationKind::failure: return notify.wants_failure();
        case NotificationKind::delay: return notify.none() || notify.delay;
        case NotificationKind::success: return notify.success;
        case NotificationKind::delay_cleared: return notify.none() || notify.delay;
        case NotificationKind::report: return true;
    }
    return false;
}

// A large message is not sent back over a line that it may have filled already.
Returned what_to_return(const mail::Notification& notification, const BounceSettings& settings) {
    const mail::Envelope& envelope = *notification.envelope;
    const bool full = notification.kind == NotificationKind::failure && envelope.ret != mail::DsnRet::hdrs &&
                      envelope.size <= settings.bounce_size_limit;
    return full ? Returned::full : Returned::headers;
}

bool is_double_bounce_sender(const std::string& address, const BounceSettings& settings) {
    // smtpd sends its notices from $myhostname, too.
    return base::iequals(address, settings.double_bounce_sender) || base::iequals(address, settings.complete(settings.double_bounce_sender)) ||
           base::iequals(address, settings.double_bounce_sender + "@" + settings.myhostname);
}

Notice postmaster_notice(const mail::Notification& notification, const BounceSettings& settings, const std::string& to) {
    Notice notice;
    notice.audience = Audience::postmaster;
    notice.to = settings.complete(to);
    notice.reverse_path = mail::ReversePath(settings.double_bounce_sender + "@" + settings.myhostname);
    notice.entries = notification.entries;
    notice.returned = Returned::headers;
    return notice;
}

}  // namespace

NoticePlan plan_notices(const mail::Notification& notification, const BounceSettings& settings) {
    NoticePlan plan;
    const mail::ReversePath& sender = notification.envelope->reverse_path;
    const bool failed = notification.kind == NotificationKind::failure;
    if (sender.is_null()) {
        if ((failed || notification.kind == NotificationKind::report) && settings.notify_double_bounce) {
            plan.notices.push_back(postmaster_notice(notification, settings, settings.double_bounce_notice_recipient));
            plan.notices.back().returned = what_to_return(notification, settings);
        }
        return plan;
    }
    if (is_double_bounce_sender(sender.address(), settings)) {
        plan.discarded = failed;
        return plan;
    }
    const mail::Envelope& envelope = *notification.envelope;
    const bool personal = failed && notification.entries.size() == 1 && !envelope.verp_delimiters.empty() && !settings.disable_verp_bounces;
    Notice notice;
    notice.to = personal ? mail::sender_for(envelope, notification.entries.front().recipient).address() : sender.address();
    notice.returned = what_to_return(notification, settings);
    for (const mail::Notification::Entry& entry : notification.entries) {
        if (is_wanted(notification.kind, entry.recipient.notify)) {
            notice.entries.push_back(entry);
        }
    }
    if (!notice.entries.empty()) {
        plan.notices.push_back(std::move(notice));
    }
    if (failed && settings.notify_bounce) {
        plan.notices.push_back(postmaster_notice(notification, settings, settings.bounce_notice_recipient));
    } else if (notification.kind == NotificationKind::delay && settings.notify_delay) {
        plan.notices.push_back(postmaster_notice(notification, settings, settings.delay_notice_recipient));
    }
    return plan;
}

}  // namespace posthouse::bounce
