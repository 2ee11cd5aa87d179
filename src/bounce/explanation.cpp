#include "bounce/explanation.hpp"

#include "base/format.hpp"
#include "bounce/dsn_message.hpp"
#include "smtp/address.hpp"

namespace posthouse::bounce {
namespace {

using mail::NotificationKind;

constexpr std::string_view retry_macro = "$will_retry_until";

// The text of the template, as lines of mail.
std::string opening(const mail::Notification& notification, const NoticeTemplate& shape, const BounceSettings& settings) {
    std::string text = shape.text;
    if (const std::size_t at = text.find(retry_macro); at != std::string::npos) {
        text.replace(at, retry_macro.size(), message::mail_date(notification.will_retry_until, settings.zone_at(notification.will_retry_until)));
    }
    std::string out;
    for (const char c : text) {
        out += c == '\n' ? "\r\n" : std::string(1, c);
    }
    return out;
}

// What we say where a template of bounce(5) could not say it well; empty: our template says it.
std::string_view own_words(const mail::Notification& notification, Audience audience) {
    if (audience == Audience::postmaster) {
        return "The mail system reports trouble with a message to you, its postmaster. What\r\n"
               "its sender was told, if anything, follows.\r\n";
    }
    if (notification.kind == NotificationKind::delay_cleared) {
        return "You were warned that your message was delayed. It has now been delivered, or\r\n"
               "passed on to the next mail system, for the recipients listed below.\r\n";
    }
    if (notification.kind == NotificationKind::report) {
        return notification.envelope->only_asks() ? "You asked what would become of mail to the recipients listed below. Nothing was\r\n"
                                                    "sent to them. This is what our mail system found out.\r\n"
                                                  : "You asked to hear how the delivery of your message went. This is what became\r\n"
                                                    "of the first attempt, recipient by recipient.\r\n";
    }
    return {};
}

}  // namespace

const NoticeTemplate& template_of(NotificationKind kind, const Templates& templates) {
    switch (kind) {
        case NotificationKind::failure: return templates.failure;
        case NotificationKind::delay: return templates.delay;
        case NotificationKind::success:
        case NotificationKind::delay_cleared: return templates.success;
        case NotificationKind::report: return templates.verify;
    }
    return templates.failure;
}

std::string subject(NotificationKind kind, Audience audience, const Templates& templates) {
    const NoticeTemplate& shape = template_of(kind, templates);
    return audience == Audience::postmaster && !shape.postmaster_subject.empty() ? shape.postmaster_subject : shape.subject;
}

std::string explanation(const mail::Notification& notification, const Notice& notice, const BounceSettings& settings) {
    const NoticeTemplate& shape = template_of(notification.kind, settings.templates);
    const std::string_view own = shape.is_built_in ? own_words(notification, notice.audience) : std::string_view();
    std::string out = own.empty() ? opening(notification, shape, settings)
                                  : base::format("This is the mail system at host {}.\r\n\r\n{}\r\n                   The mail system\r\n", settings.myhostname, own);
    for (const mail::Notification::Entry& entry : notice.entries) {
        const mail::Recipient& recipient = entry.recipient;
        std::string paragraph = "<" + smtp::quote_address(recipient.address) + ">";
        if (!recipient.original_address.empty() && recipient.original_address != recipient.address) {
            paragraph += " (expanded from <" + smtp::quote_address(recipient.original_address) + ">)";
        }
        paragraph += ": " + entry.outcome.text;
        out += "\r\n" + fold(paragraph) + "\r\n";
    }
    return out;
}

}  // namespace posthouse::bounce
