#include "sim/peers/received_mail.hpp"

#include <algorithm>
#include <cstdio>

#include "base/text.hpp"

namespace posthouse::sim {

namespace {

/// RFC 2045 §6.7. Written for the judges: the server has its own.
std::string decode_quoted_printable(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find("\r\n", at), text.size());
        std::string_view line = base::trim_right(text.substr(at, end - at));
        const bool soft = line.ends_with('=');
        line.remove_suffix(soft ? 1 : 0);
        for (std::size_t i = 0; i < line.size(); ++i) {
            unsigned byte = 0;
            if (line[i] == '=' && i + 2 < line.size() && std::sscanf(std::string(line.substr(i + 1, 2)).c_str(), "%2X", &byte) == 1) {
                out += static_cast<char>(byte);
                i += 2;
            } else {
                out += line[i];
            }
        }
        out += soft || end == text.size() ? "" : "\r\n";
        at = end + 2;
    }
    return out;
}

void undo_transfer_encoding(std::string_view header, std::string& body) {
    constexpr std::string_view field = "\ncontent-transfer-encoding:";
    const std::string lower = base::lower(header);
    const std::size_t at = lower.find(field);
    if (at == std::string::npos) {
        return;
    }
    const std::string_view value = base::trim(std::string_view(lower).substr(at + field.size(), lower.find('\r', at + 1) - at - field.size()));
    if (value == "quoted-printable") {
        body = decode_quoted_printable(body);
    } else if (value == "base64") {
        std::string text = body;
        std::erase_if(text, [](char c) { return c == '\r' || c == '\n'; });
        body = base::base64_decode(text).value_or("not base64: " + body);
    }
}

}  // namespace

ReceivedMail examine(std::string_view content) {
    ReceivedMail mail;
    const std::size_t header_end = content.find("\r\n\r\n");
    if (header_end != std::string_view::npos) {
        mail.body = content.substr(header_end + 4);
        mail.has_eight_bit = std::ranges::any_of(mail.body, [](char c) { return static_cast<unsigned char>(c) > 127; });
        undo_transfer_encoding(content.substr(0, header_end + 2), mail.body);
        for (const std::string_view line : base::split_fields(content.substr(0, header_end), '\n')) {
            if (const auto field = base::split_once(line, ':'); field && base::iequals(field->first, "Message-Id")) {
                mail.message_id = base::trim(field->second);
            }
        }
    }
    constexpr std::string_view report = "multipart/report";
    const std::size_t outer = content.find(report);
    mail.reports_a_report = outer != std::string_view::npos && content.find(report, outer + 1) != std::string_view::npos;
    std::string final_recipient;
    std::string action;
    const auto end_of_group = [&] {
        if (!final_recipient.empty() && !action.empty()) {
            const bool failed = base::iequals(action, "failed");
            auto& list = failed ? mail.failed_recipients : base::iequals(action, "delayed") ? mail.delayed_recipients : mail.done_recipients;
            list.push_back(final_recipient);
        }
        final_recipient.clear();
        action.clear();
    };
    for (const std::string_view raw : base::split_fields(content, '\n')) {
        const std::string_view line = base::trim_right(raw);
        const auto field = base::split_once(line, ':');
        if (line.empty()) {
            end_of_group();
        } else if (!field) {
            continue;
        } else if (mail.key.empty() && base::iequals(field->first, "X-Sim-Key")) {
            mail.key = base::trim(field->second);
        } else if (base::iequals(field->first, "Final-Recipient")) {
            const auto typed = base::split_once(field->second, ';');
            // RFC 6533 §4: a report about international addresses may itself be encoded, for a server that takes no 8-bit content.
            final_recipient = base::trim(typed ? typed->second : field->second);
            final_recipient = final_recipient.find("=C3=") == std::string::npos ? final_recipient : base::trim(decode_quoted_printable(final_recipient));
        } else if (base::iequals(field->first, "Action")) {
            action = base::trim(field->second);
        }
    }
    end_of_group();
    return mail;
}

}  // namespace posthouse::sim
