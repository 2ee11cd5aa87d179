#include "bounce/explanation.hpp"

#include "base/format.hpp"
#include "bounce/dsn_message.hpp"
#include "smtp/address.hpp"

namespace posthouse::bounce {
namespace {

using mail::NotificationKind;

std::string what_happened(const mail::Notification& notification, Audience audience, const BounceSettings& settings) {
    if (audience == Audience::postmaster) {
        return "The mail system reports trouble with a message to you, its postmaster. What\r\n"
               "its sender was told, if anything, follows.\r\n";
    }
    switch (notification.kind) {
        case NotificationKind::failure:
            return "We are sorry: your message could not be delivered to the recipients listed\r\n"
                   "below, and no further attempt will be made. Your message, or its header, is\r\n"
                   "attached.\r\n"
                   "\r\n"
                   "If you need help, forward this report to your postmaster. You may remove\r\n"
                   "your own text from the attached message first.\r\n";
        case NotificationKind::delay:
            return base::format(
                "This is only a warning. You need not send your message again.\r\n"
                "\r\n"
                "Your message could not be delivered yet. Delivery will be tried until\r\n"
                "{}.\r\n",
                message::mail_date(notification.will_retry_until, settings.zone_at(notification.will_retry_until)));
        case NotificationKind::success:
            return "Your message was delivered, or passed on to a mail system that does not\r\n"
                   "report on deliveries, for the recipients listed below. You asked for this\r\n"
                   "report; its absence would not have meant a failure.\r\n";
        case NotificationKind::delay_cleared:
            return "You were warned that your message was delayed. It has now been delivered, or\r\n"
                   "passed on to the next mail system, for the recipients listed below.\r\n";
        case NotificationKind::report:
            return notification.envelope->only_asks() ? "You asked what would become of mail to the recipients listed below. Nothing was\r\n"
                                                        "sent to them. This is what our mail system found out.\r\n"
                                                      : "You asked to hear how the delivery of your message went. This is what became\r\n"
                                                        "of the first attempt, recipient by recipient.\r\n";
    }
    return {};
}

}  // namespace

std::string subject(NotificationKind kind, Audience audience) {
    const bool postmaster = audience == Audience::postmaster;
    switch (kind) {
        case NotificationKind::failure: return postmaster ? "Postmaster Copy: Undelivered Mail" : "Undelivered Mail Returned to Sender";
        case NotificationKind::delay: return postmaster ? "Postmaster Warning: Delayed Mail" : "Delayed Mail (still being retried)";
        case NotificationKind::success:
        case NotificationKind::delay_cleared: return "Successful Mail Delivery Report";
        case NotificationKind::report: return "Mail Delivery Status Report";
    }
    return {};
}

std::string explanation(const mail::Notification& notification, const Notice& notice, const BounceSettings& settings) {
    std::string out = base::format("This is the mail system at host {}.\r\n\r\n", settings.myhostname);
    out += what_happened(notification, notice.audience, settings);
    out += "\r\n                   The mail system\r\n";
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
