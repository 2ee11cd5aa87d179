#include "sim/peers/received_mail.hpp"

#include "base/text.hpp"

namespace posthouse::sim {

ReceivedMail examine(std::string_view content) {
    ReceivedMail mail;
    const std::size_t header_end = content.find("\r\n\r\n");
    if (header_end != std::string_view::npos) {
        mail.body = content.substr(header_end + 4);
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
            final_recipient = base::trim(typed ? typed->second : field->second);
        } else if (base::iequals(field->first, "Action")) {
            action = base::trim(field->second);
        }
    }
    end_of_group();
    return mail;
}

}  // namespace posthouse::sim
