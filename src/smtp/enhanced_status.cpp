#include "smtp/enhanced_status.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::smtp {
namespace {

// RFC 3463 §2: subject and detail are one to three digits.
std::optional<std::uint16_t> parse_part(std::string_view text) {
    if (text.empty() || text.size() > 3) {
        return std::nullopt;
    }
    const auto number = base::parse_number(text);
    return number ? std::optional(static_cast<std::uint16_t>(*number)) : std::nullopt;
}

}  // namespace

std::string EnhancedStatus::text() const {
    std::string out;
    base::append_number(out, status_class);
    out += '.';
    base::append_number(out, subject);
    out += '.';
    base::append_number(out, detail);
    return out;
}

std::optional<EnhancedStatus> EnhancedStatus::parse(std::string_view text) {
    if (text.size() < 5 || text[1] != '.' || (text[0] != '2' && text[0] != '4' && text[0] != '5')) {
        return std::nullopt;
    }
    const auto parts = base::split_once(text.substr(2), '.');
    if (!parts) {
        return std::nullopt;
    }
    const auto subject = parse_part(parts->first);
    const auto detail = parse_part(parts->second);
    if (!subject || !detail) {
        return std::nullopt;
    }
    return EnhancedStatus{static_cast<std::uint16_t>(text[0] - '0'), *subject, *detail};
}

StatusAndText split_status(std::string_view text) {
    const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
    const auto status = EnhancedStatus::parse(text.substr(0, end));
    return {status, status ? base::trim_left(text.substr(end)) : text};
}

}  // namespace posthouse::smtp
