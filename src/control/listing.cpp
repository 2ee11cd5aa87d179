#include "control/listing.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace posthouse::control {

std::string_view queue_name_text(mail::QueueName queue) {
    switch (queue) {
        case mail::QueueName::active: return "active";
        case mail::QueueName::deferred: return "deferred";
        case mail::QueueName::hold: return "hold";
    }
    return "active";
}

std::string_view error_kind_text(base::ErrorKind kind) {
    switch (kind) {
        case base::ErrorKind::invalid: return "invalid";
        case base::ErrorKind::permission: return "permission";
        case base::ErrorKind::not_found: return "not-found";
        case base::ErrorKind::limit: return "limit";
        case base::ErrorKind::no_space: return "no-space";
        case base::ErrorKind::timeout:
        case base::ErrorKind::closed:
        case base::ErrorKind::reset:
        case base::ErrorKind::refused:
        case base::ErrorKind::unreachable:
        case base::ErrorKind::unavailable:
        case base::ErrorKind::tls:
        case base::ErrorKind::io: return "try-again";
    }
    return "try-again";
}

namespace {

void add_if(mail::Record& record, std::string_view name, const std::string& value) {
    if (!value.empty()) {
        record.add(std::string(name), value);
    }
}

// As Postfix numbers them: RFC 3461's NEVER, SUCCESS, FAILURE, DELAY.
unsigned notify_flags(const mail::DsnNotify& notify) {
    return (notify.never ? 1U : 0U) | (notify.success ? 2U : 0U) | (notify.failure ? 4U : 0U) | (notify.delay ? 8U : 0U);
}

void add_details(mail::Record& head, const mail::Envelope& envelope) {
    add_if(head, "envelope-id", envelope.envelope_id);
    add_if(head, "ret", envelope.ret == mail::DsnRet::full ? "1" : envelope.ret == mail::DsnRet::hdrs ? "2" : "");
    add_if(head, "body", envelope.body == mail::BodyType::eight_bit_mime ? "8bit" : envelope.body == mail::BodyType::seven_bit ? "7bit" : "");
    add_if(head, "smtputf8", envelope.smtputf8 ? "yes" : "");
    add_if(head, "verp", envelope.verp_delimiters);
    add_if(head, "filter", envelope.content_filter);
    add_if(head, "client-name", envelope.origin.client_name);
    add_if(head, "client-address", envelope.origin.client_address);
    add_if(head, "helo", envelope.origin.helo_name);
    add_if(head, "protocol", envelope.origin.protocol);
    add_if(head, "sasl-method", envelope.origin.sasl_method);
    add_if(head, "sasl-username", envelope.origin.sasl_username);
}

}  // namespace

void append_listing(std::string& out, const mail::ListedMessage& listed, ShowRecipients show) {
    using Status = mail::RecipientState::Status;
    const mail::StoredMessage& message = listed.message;
    const auto arrival = std::chrono::duration_cast<std::chrono::seconds>(message.envelope.arrival.time_since_epoch()).count();
    mail::Record head("message");
    head.add("id", message.id.text()).add("queue", std::string(queue_name_text(listed.queue))).add("size", message.envelope.size.count);
    head.add("arrival", static_cast<std::uint64_t>(arrival)).add("sender", message.envelope.reverse_path.address());
    head.add("forced-expire", message.force_expire ? "yes" : "no");
    if (show == ShowRecipients::all) {
        add_details(head, message.envelope);
    }
    out += encode(head);
    if (message.damaged) {
        mail::Record line("recipient");
        line.add("address", "").add("reason", "damaged in the spool, see \"Recovery\" in docs/spool.md");
        out += encode(line);
    }
    for (std::size_t i = 0; i < message.envelope.recipients.size(); ++i) {
        const mail::Recipient& recipient = message.envelope.recipients[i];
        const mail::RecipientState state = i < message.recipients.size() ? message.recipients[i] : mail::RecipientState{};
        if (show == ShowRecipients::undelivered && state.status != Status::pending) {
            continue;
        }
        mail::Record line("recipient");
        line.add("address", recipient.address);
        if (!recipient.original_address.empty() && recipient.original_address != recipient.address) {
            line.add("original", recipient.original_address);
        }
        if (show == ShowRecipients::all && state.status != Status::pending) {
            line.add("done", "yes");
        }
        if (show == ShowRecipients::all) {
            add_if(line, "orcpt", recipient.original_recipient);
            const unsigned notify = notify_flags(recipient.notify);
            add_if(line, "notify", notify == 0 ? std::string() : std::to_string(notify));
        }
        if (!state.reason.empty()) {
            line.add("reason", state.reason);
        }
        out += encode(line);
    }
}

bool change_applies(std::string_view action, mail::QueueName queue, std::string_view queues) {
    if ((action == "hold" && queue == mail::QueueName::hold) || (action == "release" && queue != mail::QueueName::hold)) {
        return false;
    }
    const auto names = base::split_words(queues, ",");
    return queues.empty() || std::find(names.begin(), names.end(), queue_name_text(queue)) != names.end();
}

}  // namespace posthouse::control
