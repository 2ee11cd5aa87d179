#include "smtp/xtext.hpp"

#include <charconv>
#include <cstdint>

#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::smtp {
namespace {

std::optional<std::uint32_t> parse_hex(std::string_view digits) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) {
        return std::nullopt;
    }
    return value;
}

bool is_plain(char c) {
    return c > ' ' && c < 0x7f && c != '+' && c != '=';
}

void append_utf8(std::string& out, std::uint32_t code_point) {
    const auto byte = [&out](std::uint32_t value) { out += static_cast<char>(value); };
    if (code_point < 0x80) {
        byte(code_point);
    } else if (code_point < 0x800) {
        byte(0xc0 | code_point >> 6);
        byte(0x80 | (code_point & 0x3f));
    } else if (code_point < 0x10000) {
        byte(0xe0 | code_point >> 12);
        byte(0x80 | (code_point >> 6 & 0x3f));
        byte(0x80 | (code_point & 0x3f));
    } else {
        byte(0xf0 | code_point >> 18);
        byte(0x80 | (code_point >> 12 & 0x3f));
        byte(0x80 | (code_point >> 6 & 0x3f));
        byte(0x80 | (code_point & 0x3f));
    }
}

bool is_scalar_value(std::uint32_t code_point) {
    return code_point <= 0x10ffff && (code_point < 0xd800 || code_point > 0xdfff);
}

/// The character at the beginning of `text`, which it loses; nullopt: that is no UTF-8.
std::optional<std::uint32_t> take_utf8(std::string_view& text) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t length = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
    constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};  // what is smaller has a shorter form, and only that one counts
    if (length == 0 || length > text.size()) {
        return std::nullopt;
    }
    std::uint32_t code_point = length == 1 ? first : first & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        const auto next = static_cast<unsigned char>(text[i]);
        if (next >> 6 != 2) {
            return std::nullopt;
        }
        code_point = code_point << 6 | (next & 0x3fU);
    }
    if (code_point < least[length] || !is_scalar_value(code_point)) {
        return std::nullopt;
    }
    text.remove_prefix(length);
    return code_point;
}

}  // namespace

std::string xtext_encode(std::string_view text) {
    static constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        if (is_plain(c)) {
            out += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += {'+', digits[byte >> 4], digits[byte & 15]};
        }
    }
    return out;
}

std::optional<std::string> xtext_decode(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_plain(text[i]) || !base::is_ascii(text[i])) {
            out += text[i];
            continue;
        }
        const auto byte = text[i] == '+' && i + 3 <= text.size() ? parse_hex(text.substr(i + 1, 2)) : std::nullopt;
        if (!byte) {
            return std::nullopt;
        }
        out += static_cast<char>(*byte);
        i += 2;
    }
    return out;
}

std::optional<std::string> utf8_xtext_encode(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto code_point = take_utf8(text);
        if (!code_point) {
            return std::nullopt;
        }
        const bool plain = *code_point < 0x7f && is_plain(static_cast<char>(*code_point)) && *code_point != '\\';
        out += plain ? std::string(1, static_cast<char>(*code_point)) : base::format("\\x{{{:02X}}}", *code_point);
    }
    return out;
}

std::optional<std::string> utf8_xtext_decode(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            if (base::is_ascii(text[i]) && !is_plain(text[i])) {
                return std::nullopt;
            }
            out += text[i];
            continue;
        }
        const std::size_t close = text.find('}', i);
        if (!text.substr(i).starts_with("\\x{") || close == std::string_view::npos || close - i - 3 > 6) {
            return std::nullopt;
        }
        const auto code_point = parse_hex(text.substr(i + 3, close - i - 3));
        if (!code_point || !is_scalar_value(*code_point)) {
            return std::nullopt;
        }
        append_utf8(out, *code_point);
        i = close;
    }
    return out;
}

}  // namespace posthouse::smtp
