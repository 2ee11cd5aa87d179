#include "smtp/reply.hpp"

#include <algorithm>

namespace posthouse::smtp {

Reply Reply::make(int code, std::string_view text) {
    const auto [status, rest] = split_status(text);
    return {code, status, {std::string(rest)}};
}

Reply Reply::make(int code, EnhancedStatus status, std::string_view text) {
    return {code, status, {std::string(text)}};
}

Reply Reply::multi_line(int code, std::vector<std::string> lines) {
    return {code, std::nullopt, std::move(lines)};
}

std::string Reply::text() const {
    std::string out = std::to_string(code);
    if (status) {
        out += ' ' + status->text();
    }
    for (const auto& line : lines) {
        out += ' ';
        out += line;
    }
    return out;
}

std::string Reply::wire() const {
    std::string out;
    append_wire(out);
    return out;
}

void Reply::append_wire(std::string& out) const {
    const std::string code_text = std::to_string(code);
    const std::string status_text = status ? status->text() + ' ' : std::string();
    const std::size_t count = std::max<std::size_t>(lines.size(), 1);
    for (std::size_t i = 0; i < count; ++i) {
        out += code_text;
        out += i + 1 < count ? '-' : ' ';
        out += status_text;
        if (i < lines.size()) {
            const std::size_t start = out.size();
            out += lines[i];
            std::replace_if(
                out.begin() + static_cast<std::ptrdiff_t>(start), out.end(),
                [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
        }
        out += "\r\n";
    }
}

}  // namespace posthouse::smtp
