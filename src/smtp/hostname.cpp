#include "smtp/hostname.hpp"

#include <algorithm>
#include <cstdint>

#include "base/text.hpp"

namespace posthouse::smtp {
namespace {

constexpr std::size_t hostname_length_max = 255;  // RFC 1035 §3.1
constexpr std::size_t label_length_max = 63;

bool is_label_byte(char c) {
    return base::is_alnum(c) || c == '_' || c == '-' || !base::is_ascii(c);
}

bool is_valid_label(std::string_view label) {
    return !label.empty() && label.size() <= label_length_max && label.front() != '-' && label.back() != '-' &&
           std::all_of(label.begin(), label.end(), is_label_byte);
}

/// Length of the UTF-8 sequence that `lead` starts, 0 if it cannot start one; RFC 3629 §4.
std::size_t sequence_length(unsigned char lead) {
    if (lead < 0x80) {
        return 1;
    }
    if (lead >= 0xc2 && lead <= 0xdf) {
        return 2;
    }
    if (lead >= 0xe0 && lead <= 0xef) {
        return 3;
    }
    return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

bool is_valid_sequence(std::string_view bytes) {
    const auto lead = static_cast<unsigned char>(bytes[0]);
    for (const char c : bytes.substr(1)) {
        if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) {
            return false;
        }
    }
    const auto second = bytes.size() > 1 ? static_cast<unsigned char>(bytes[1]) : 0U;
    const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
    const bool surrogate_or_beyond = (lead == 0xed && second > 0x9f) || (lead == 0xf4 && second > 0x8f);
    return !overlong && !surrogate_or_beyond;
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = sequence_length(static_cast<unsigned char>(text[0]));
        if (length == 0 || length > text.size() || !is_valid_sequence(text.substr(0, length))) {
            return false;
        }
        text.remove_prefix(length);
    }
    return true;
}

bool is_valid_hostname(std::string_view name) {
    if (name.empty() || name.size() > hostname_length_max || !is_valid_utf8(name)) {
        return false;
    }
    if (name.find_first_not_of("0123456789.") == std::string_view::npos) {
        return false;  // an address without brackets is no name
    }
    for (;;) {
        const std::size_t dot = name.find('.');
        if (!is_valid_label(name.substr(0, dot))) {
            return false;
        }
        if (dot == std::string_view::npos) {
            return true;
        }
        name.remove_prefix(dot + 1);
    }
}

std::optional<base::IpAddress> parse_address_literal(std::string_view text) {
    static constexpr std::string_view tag = "IPv6:";
    const bool tagged = base::istarts_with(text, tag);
    const std::string_view digits = tagged ? text.substr(tag.size()) : text;
    if (tagged != (digits.find(':') != std::string_view::npos)) {
        return std::nullopt;
    }
    return base::IpAddress::parse(digits);
}

bool is_valid_hostliteral(std::string_view text) {
    return text.size() > 2 && text.front() == '[' && text.back() == ']' &&
           parse_address_literal(text.substr(1, text.size() - 2)).has_value();
}

bool is_valid_address_domain(std::string_view domain) {
    if (domain.starts_with('[')) {
        return is_valid_hostliteral(domain);
    }
    if (domain.ends_with('.')) {
        domain.remove_suffix(1);
    }
    return is_valid_hostname(domain);
}

}  // namespace posthouse::smtp
