#include "mail/submission.hpp"

#include "base/text.hpp"

namespace posthouse::mail {
namespace {

constexpr std::uint64_t format_version = 1;

std::string notify_text(const DsnNotify& notify) {
    std::string out;
    const auto add = [&out](bool set, std::string_view word) {
        if (set) {
            out += out.empty() ? "" : ",";
            out += word;
        }
    };
    add(notify.never, "never");
    add(notify.success, "success");
    add(notify.failure, "failure");
    add(notify.delay, "delay");
    return out;
}

bool parse_notify(std::string_view text, DsnNotify& notify) {
    for (const std::string_view word : base::split_words(text, ",")) {
        if (word == "never") {
            notify.never = true;
        } else if (word == "success") {
            notify.success = true;
        } else if (word == "failure") {
            notify.failure = true;
        } else if (word == "delay") {
            notify.delay = true;
        } else {
            return false;
        }
    }
    return true;
}

// An address goes into logs and SMTP commands: no control bytes, however it was encoded.
bool is_address(std::string_view text) {
    if (text.size() > submission_address_length_max) {
        return false;
    }
    for (const char c : text) {
        if (base::is_control(c)) {
            return false;
        }
    }
    return true;
}

}  // namespace

std::string encode_head(const Submission& submission) {
    const Envelope& envelope = submission.envelope;
    Record first("mail");
    first.add("version", format_version).add("uid", submission.uid).add("sender", envelope.reverse_path.address());
    if (!envelope.envelope_id.empty()) {
        first.add("envid", envelope.envelope_id);
    }
    if (envelope.ret != DsnRet::unset) {
        first.add("ret", envelope.ret == DsnRet::full ? "full" : "hdrs");
    }
    if (envelope.body != BodyType::unset) {
        first.add("body", envelope.body == BodyType::seven_bit ? "7bit" : "8bitmime");
    }
    if (envelope.smtputf8) {
        first.add("smtputf8", "yes");
    }
    if (envelope.header_context == Envelope::HeaderContext::remote) {
        first.add("context", "remote");
    }
    if (envelope.purpose != Envelope::Purpose::deliver) {
        first.add("purpose", envelope.purpose == Envelope::Purpose::deliver_and_report ? "report" : "ask");
    }
    if (!envelope.verp_delimiters.empty()) {
        first.add("verp", envelope.verp_delimiters);
    }
    std::string out = encode(first);
    for (const Recipient& recipient : envelope.recipients) {
        Record line("recipient");
        line.add("address", recipient.address);
        if (!recipient.notify.none()) {
            line.add("notify", notify_text(recipient.notify));
        }
        out += encode(line);
    }
    Record last("content");
    last.add("size", submission.content_size);
    return out + encode(last);
}

base::Result<SubmissionDecoder::State> SubmissionDecoder::feed(std::string_view line) {
    const auto record = decode_record(line);
    if (!record) {
        return std::unexpected(record.error());
    }
    if (!has_mail_) {
        const auto taken = take_mail(*record);
        if (!taken) {
            return std::unexpected(taken.error());
        }
        has_mail_ = true;
        return State::more;
    }
    if (record->word == "recipient") {
        const auto taken = take_recipient(*record);
        if (!taken) {
            return std::unexpected(taken.error());
        }
        return State::more;
    }
    const auto size = record->number("size");
    if (record->word != "content" || !size) {
        return base::fail(base::ErrorKind::invalid, "submission: unexpected record " + record->word);
    }
    if (submission_.envelope.recipients.empty()) {
        return base::fail(base::ErrorKind::invalid, "submission without recipients");
    }
    submission_.content_size = *size;
    return State::content_follows;
}

base::Result<void> SubmissionDecoder::take_mail(const Record& record) {
    if (record.word != "mail" || record.number("version") != format_version) {
        return base::fail(base::ErrorKind::invalid, "submission: not in a format that this version knows");
    }
    if (!is_address(record.get("sender")) || !is_address(record.get("envid"))) {
        return base::fail(base::ErrorKind::invalid, "submission: malformed sender");
    }
    Envelope& envelope = submission_.envelope;
    envelope.reverse_path = ReversePath(record.get("sender"));
    envelope.envelope_id = record.get("envid");
    const std::string& ret = record.get("ret");
    envelope.ret = ret == "full" ? DsnRet::full : ret == "hdrs" ? DsnRet::hdrs : DsnRet::unset;
    const std::string& body = record.get("body");
    envelope.body = body == "7bit" ? BodyType::seven_bit : body == "8bitmime" ? BodyType::eight_bit_mime : BodyType::unset;
    envelope.smtputf8 = record.get("smtputf8") == "yes";
    envelope.verp_delimiters = record.get("verp");  // cleanup judges them
    envelope.header_context = record.get("context") == "remote" ? Envelope::HeaderContext::remote : Envelope::HeaderContext::local;
    const std::string& purpose = record.get("purpose");
    if (purpose == "report") {
        envelope.purpose = Envelope::Purpose::deliver_and_report;
    } else if (purpose == "ask") {
        envelope.purpose = Envelope::Purpose::ask;
    } else if (!purpose.empty()) {
        return base::fail(base::ErrorKind::invalid, "submission: unknown purpose");  // a question must not be delivered as mail
    }
    submission_.uid = static_cast<std::uint32_t>(record.number("uid").value_or(0));
    return {};
}

base::Result<void> SubmissionDecoder::take_recipient(const Record& record) {
    if (submission_.envelope.recipients.size() >= submission_recipients_max) {
        return base::fail(base::ErrorKind::limit, "submission: too many recipients");
    }
    Recipient recipient;
    recipient.address = record.get("address");
    recipient.original_address = recipient.address;
    if (recipient.address.empty() || !is_address(recipient.address) || !parse_notify(record.get("notify"), recipient.notify)) {
        return base::fail(base::ErrorKind::invalid, "submission: malformed recipient");
    }
    submission_.envelope.recipients.push_back(std::move(recipient));
    return {};
}

}  // namespace posthouse::mail
