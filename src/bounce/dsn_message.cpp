#include "bounce/dsn_message.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/text.hpp"
#include "bounce/explanation.hpp"
#include "message/address_list.hpp"
#include "smtp/address.hpp"

namespace posthouse::bounce {
namespace {

using mail::NotificationKind;

bool is_ascii(std::string_view text) { return std::ranges::all_of(text, base::is_ascii); }

void field(std::string& out, std::string_view name, std::string_view value) {
    out += fold(base::format("{}: {}", name, value));
    out += "\r\n";
}

std::string typed_address(std::string_view address) {
    return base::format("{}; {}", is_ascii(address) ? "rfc822" : "utf-8", smtp::quote_address(address));
}

std::string delivered_action(const mail::Outcome& outcome) { return outcome.action.empty() ? "relayed" : outcome.action; }

// sendmail -bv asks for words that RFC 3464 does not have; its readers are people and their scripts.
std::string reported_action(const mail::Envelope& envelope, const mail::Outcome& outcome) {
    if (envelope.only_asks()) {
        return outcome.kind == mail::Outcome::Kind::delivered ? "deliverable" : "undeliverable";
    }
    switch (outcome.kind) {
        case mail::Outcome::Kind::delivered: return delivered_action(outcome);
        case mail::Outcome::Kind::deferred: return "delayed";
        case mail::Outcome::Kind::bounced: return "failed";
    }
    return "delayed";
}

std::string action(const mail::Notification& notification, const mail::Outcome& outcome) {
    switch (notification.kind) {
        case NotificationKind::failure: return "failed";
        case NotificationKind::delay: return "delayed";
        case NotificationKind::success: return outcome.action;
        case NotificationKind::delay_cleared: return delivered_action(outcome);
        case NotificationKind::report: return reported_action(*notification.envelope, outcome);
    }
    return "failed";
}

std::string message_fields(const mail::Notification& notification, const BounceSettings& settings) {
    const mail::Envelope& envelope = *notification.envelope;
    std::string out;
    field(out, "Reporting-MTA", "dns; " + settings.myhostname);
    if (!envelope.envelope_id.empty()) {
        field(out, "Original-Envelope-Id", base::printable(envelope.envelope_id));
    }
    field(out, base::format("X-{}-Queue-ID", settings.mail_name), notification.id.text());
    if (!envelope.reverse_path.is_null()) {
        field(out, base::format("X-{}-Sender", settings.mail_name), typed_address(envelope.reverse_path.address()));
    }
    field(out, "Arrival-Date", message::mail_date(envelope.arrival, settings.zone_at(envelope.arrival)));
    return out;
}

std::string recipient_fields(const mail::Notification& notification, const mail::Notification::Entry& entry, const BounceSettings& settings) {
    const mail::Recipient& recipient = entry.recipient;
    const mail::Outcome& outcome = entry.outcome;
    std::string out;
    field(out, "Final-Recipient", typed_address(recipient.address));
    if (!recipient.original_recipient.empty()) {
        field(out, "Original-Recipient", base::printable(recipient.original_recipient));
    } else if (!recipient.original_address.empty() && recipient.original_address != recipient.address) {
        field(out, "Original-Recipient", typed_address(recipient.original_address));
    }
    field(out, "Action", action(notification, outcome));
    field(out, "Status", outcome.status);
    if (!outcome.remote_mta.empty()) {
        field(out, "Remote-MTA", "dns; " + outcome.remote_mta);
    }
    if (!outcome.diagnostic.empty()) {
        field(out, "Diagnostic-Code", "smtp; " + outcome.diagnostic);
    } else {
        field(out, "Diagnostic-Code", base::format("X-{}; {}", settings.mail_name, outcome.text));
    }
    if (notification.kind == NotificationKind::delay) {
        field(out, "Will-Retry-Until", message::mail_date(notification.will_retry_until, settings.zone_at(notification.will_retry_until)));
    }
    return out;
}

// A template's From with @$myorigin behind an address that has no domain.
std::string complete_from(std::string from, const BounceSettings& settings) {
    const message::AddressList list = message::parse_address_list(from);
    if (list.addresses.empty()) {
        return from;
    }
    const message::ListedAddress& address = list.addresses.front();
    return from.replace(address.begin, address.end - address.begin, smtp::quote_address(settings.complete(address.address)));
}

std::string header(const mail::Notification& notification, const Notice& notice, const DsnFacts& facts, const BounceSettings& settings,
                   std::string_view boundary) {
    const std::string date = message::mail_date(facts.now, settings.zone_at(facts.now));
    std::string out = base::format("Received: by {} ({})\r\n\tid {}; {}\r\n", settings.myhostname, settings.mail_name, facts.notification_id.text(), date);
    field(out, "Date", date);
    const NoticeTemplate& shape = template_of(notification.kind, settings.templates);
    field(out, "From", complete_from(shape.from, settings));
    field(out, "Subject", subject(notification.kind, notice.audience, settings.templates));
    field(out, "To", smtp::quote_address(notice.to));
    field(out, "Auto-Submitted", "auto-replied");
    field(out, "MIME-Version", "1.0");
    base::append_format(out, "Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"{}\"\r\n", boundary);
    field(out, "Content-Transfer-Encoding", "8bit");
    out += "\r\nThis is a MIME-encapsulated message.\r\n";
    return out;
}

// RFC 6533 §4 to 6 has types of its own for mail with UTF-8 in its addresses and header.
std::string_view returned_type(const mail::Envelope& envelope, Returned returned) {
    if (returned == Returned::full) {
        return envelope.smtputf8 ? "message/global" : "message/rfc822";
    }
    return envelope.smtputf8 ? "message/global-headers" : "text/rfc822-headers";
}

std::string_view returned_description(NotificationKind kind, Returned returned) {
    const bool full = returned == Returned::full;
    switch (kind) {
        case NotificationKind::failure: return full ? "Undelivered Message" : "Undelivered Message Headers";
        case NotificationKind::delay: return full ? "Delayed Message" : "Delayed Message Headers";
        case NotificationKind::success:
        case NotificationKind::delay_cleared:
        case NotificationKind::report: return full ? "Message" : "Message Headers";
    }
    return "Message";
}

}  // namespace

DsnFrame compose_dsn(const mail::Notification& notification, const Notice& notice, const DsnFacts& facts, const BounceSettings& settings) {
    const mail::Envelope& envelope = *notification.envelope;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(facts.now.time_since_epoch()).count();
    const std::string boundary = base::format("{}.{}/{}", notification.id.text(), seconds, settings.myhostname);
    DsnFrame frame;
    std::string& out = frame.before;
    out = header(notification, notice, facts, settings, boundary);

    const std::string text = explanation(notification, notice, settings);
    const std::string& charset = template_of(notification.kind, settings.templates).charset;
    const bool plain = base::iequals(charset, "us-ascii");
    base::append_format(out, "\r\n--{}\r\nContent-Description: Notification\r\nContent-Type: text/plain; charset={}\r\n", boundary,
                        !plain || is_ascii(text) ? charset : "utf-8");
    out += is_ascii(text) ? "\r\n" : "Content-Transfer-Encoding: 8bit\r\n\r\n";
    out += text;

    base::append_format(out, "\r\n--{}\r\nContent-Description: Delivery report\r\nContent-Type: message/{}\r\n", boundary,
                        envelope.smtputf8 ? "global-delivery-status" : "delivery-status");
    std::string status = message_fields(notification, settings);
    for (const mail::Notification::Entry& entry : notice.entries) {
        status += "\r\n" + recipient_fields(notification, entry, settings);
    }
    out += is_ascii(status) ? "\r\n" : "Content-Transfer-Encoding: 8bit\r\n\r\n";
    out += status;

    base::append_format(out, "\r\n--{}\r\nContent-Description: {}\r\nContent-Type: {}\r\n", boundary,
                        returned_description(notification.kind, notice.returned), returned_type(envelope, notice.returned));
    if (envelope.body != mail::BodyType::seven_bit) {
        out += "Content-Transfer-Encoding: 8bit\r\n";
    }
    base::append_format(out, "\r\nReturn-Path: <{}>\r\n", smtp::quote_address(envelope.reverse_path.address()));
    frame.after = base::format("\r\n--{}--\r\n", boundary);
    return frame;
}

std::size_t HeaderOnly::feed(std::string_view block) {
    for (std::size_t i = 0; i < block.size() && !ended_; ++i) {
        // Content is CRLF lines: a CR at the start of a line begins the empty one.
        if (at_line_start_ && (block[i] == '\r' || block[i] == '\n')) {
            ended_ = true;
            return i;
        }
        at_line_start_ = block[i] == '\n';
    }
    return ended_ ? 0 : block.size();
}

std::string fold(std::string_view text) {
    constexpr std::size_t wanted = 79;
    constexpr std::size_t hard_limit = 900;
    constexpr std::string_view indent = "    ";
    std::string out;
    std::size_t column = 0;
    bool first_word = true;
    for (std::string_view word : base::split_words(text, " \t\r\n")) {
        if (!first_word) {
            const bool fits = column + 1 + word.size() <= wanted;
            out += fits ? " " : "\r\n";
            out += fits ? "" : indent;
            column = fits ? column + 1 : indent.size();
        }
        first_word = false;
        while (column + word.size() > hard_limit) {
            const std::size_t part = hard_limit - column;
            out.append(word.substr(0, part)).append("\r\n").append(indent);
            word.remove_prefix(part);
            column = indent.size();
        }
        out += word;
        column += word.size();
    }
    return out;
}

}  // namespace posthouse::bounce
