#include "tools/postcat_text.hpp"

#include <ctime>

#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::tools {

std::string postcat_marker(std::string_view what, const mail::Record& message) {
    return base::format("*** {} {}/{} ***\n", what, message.get("queue"), message.get("id"));
}

std::string postcat_envelope(const mail::Record& message) {
    const std::time_t arrival = static_cast<std::time_t>(message.number("arrival").value_or(0));
    std::tm local{};
    char text[64] = "";
    if (localtime_r(&arrival, &local) != nullptr) {
        std::strftime(text, sizeof(text), "%a %b %e %H:%M:%S %Y", &local);
    }
    return base::format("message_size: {:>15}\nmessage_arrival_time: {}\nsender: {}\n", message.get("size"), text, base::printable(message.get("sender")));
}

std::string postcat_recipient(const mail::Record& recipient) {
    std::string out;
    if (!recipient.get("original").empty()) {
        out = "original_recipient: " + base::printable(recipient.get("original")) + "\n";
    }
    return out + (recipient.get("done") == "yes" ? "done_recipient: " : "recipient: ") + base::printable(recipient.get("address")) + "\n";
}

std::string PostcatContent::feed(std::string_view bytes) {
    std::string out;
    for (const char c : bytes) {
        if (c == '\r') {
            continue;  // content has no CR but in CRLF
        }
        const bool divides = in_header_ && c == '\n' && line_is_empty_;
        const bool wanted = divides ? parts_.header && parts_.body : in_header_ ? parts_.header : parts_.body;
        if (wanted) {
            out += c;
        }
        in_header_ = in_header_ && !divides;
        line_is_empty_ = c == '\n';
    }
    return out;
}

}  // namespace posthouse::tools
