#include "cleanup/header_stage.hpp"

#include "base/text.hpp"
#include "message/date.hpp"
#include "message/message_id.hpp"
#include "smtp/address.hpp"

namespace posthouse::cleanup {

HeaderStage::HeaderStage(const CleanupSettings& settings) : settings_(settings), scanner_({.header_size_limit = settings.header_size_limit}) {}

void HeaderStage::set_completion(const mail::Envelope& envelope, mail::QueueId id) {
    completes_ = envelope.header_context == mail::Envelope::HeaderContext::local || settings_.always_add_missing_headers;
    sender_ = envelope.reverse_path.address();
    id_ = id;
    arrival_ = envelope.arrival;
}

void HeaderStage::feed(std::string_view bytes, std::string& out) {
    if (!ended_) {
        fields_.clear();
        const std::size_t used = scanner_.feed(bytes, fields_);
        for (const message::HeaderField& field : fields_) {
            take(field, out);
        }
        if (scanner_.end() == message::HeaderScanner::End::none) {
            return;
        }
        end_header(out);
        bytes.remove_prefix(used);
    }
    out += bytes;
}

void HeaderStage::finish(std::string& out) {
    if (!ended_) {
        fields_.clear();
        scanner_.finish(fields_);
        for (const message::HeaderField& field : fields_) {
            take(field, out);
        }
        end_header(out);
    }
}

void HeaderStage::take(const message::HeaderField& field, std::string& out) {
    const std::string name = base::lower(field.name);
    if (looks_for_utf8_ && !is_international_) {
        is_international_ = !std::all_of(field.text.begin(), field.text.end(), base::is_ascii);
    }
    if (std::find(settings_.message_drop_headers.begin(), settings_.message_drop_headers.end(), name) != settings_.message_drop_headers.end()) {
        return;
    }
    if (name == "received") {
        ++hops_;
    } else if (name == "message-id") {
        has_message_id_ = true;
        message_id_ = field.value();
    } else if (name == "content-transfer-encoding") {
        const std::string value = base::lower(field.value());
        says_8bit_ = says_8bit_ || value == "8bit" || value == "binary";
    } else if (name == "to" || name == "cc") {
        has_recipients_ = true;
    } else if (name == "date") {
        has_date_ = true;
    } else if (name == "from") {
        has_from_ = true;
    } else if (name.starts_with("resent-")) {
        resent_ = true;
        has_recipients_ = has_recipients_ || name == "resent-to" || name == "resent-cc";
        if (name == "resent-message-id") {
            has_resent_message_id_ = true;
            message_id_ = field.value();
        } else if (name == "resent-date") {
            has_resent_date_ = true;
        } else if (name == "resent-from") {
            has_resent_from_ = true;
        }
    }
    out += field.text;
}

void HeaderStage::complete(std::string& out) {
    const std::string prefix = resent_ ? "Resent-" : "";
    if (!(resent_ ? has_resent_message_id_ : has_message_id_)) {
        message_id_ = message::make_message_id({arrival_, id_.text(), settings_.myhostname});
        out += prefix + "Message-Id: " + message_id_ + "\r\n";
    }
    if (!(resent_ ? has_resent_date_ : has_date_)) {
        out += prefix + "Date: " + message::mail_date(arrival_, settings_.zone ? settings_.zone(arrival_) : message::Zone{}) + "\r\n";
    }
    if (!(resent_ ? has_resent_from_ : has_from_)) {
        out += prefix + "From: " + (sender_.empty() ? "MAILER-DAEMON" : smtp::quote_address(sender_)) + "\r\n";
    }
    if (!has_recipients_ && !settings_.undisclosed_recipients_header.empty()) {
        out += settings_.undisclosed_recipients_header + "\r\n";
    }
}

void HeaderStage::end_header(std::string& out) {
    ended_ = true;
    if (completes_) {
        complete(out);
    }
    switch (scanner_.end()) {
        case message::HeaderScanner::End::none:
        case message::HeaderScanner::End::end_of_data: break;
        case message::HeaderScanner::End::empty_line:
        case message::HeaderScanner::End::no_header: out += "\r\n"; break;
    }
    out += scanner_.take_body_start();
}

}  // namespace posthouse::cleanup
