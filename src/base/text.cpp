#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <unistr.h>

namespace posthouse::base {

namespace {

// The length of the UTF-8 character at the front; 0: it is malformed, or a control character (C1), which a terminal obeys as it does ESC.
std::size_t visible_character(std::string_view text) {
    ucs4_t character = 0;
    const int length = u8_mbtoucr(&character, reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    return length <= 0 || (character >= 0x80 && character < 0xa0) ? 0 : static_cast<std::size_t>(length);
}

}  // namespace

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), to_lower);
    return out;
}

std::string upper(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), to_upper);
    return out;
}

bool iequals(std::string_view a, std::string_view b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return to_lower(x) == to_lower(y); });
}

bool istarts_with(std::string_view text, std::string_view prefix) {
    return text.size() >= prefix.size() && iequals(text.substr(0, prefix.size()), prefix);
}

std::string_view trim_left(std::string_view text) {
    while (!text.empty() && is_space(text.front())) {
        text.remove_prefix(1);
    }
    return text;
}

std::string_view trim_right(std::string_view text) {
    while (!text.empty() && is_space(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

std::string_view trim(std::string_view text) { return trim_left(trim_right(text)); }

std::vector<std::string_view> split_words(std::string_view text, std::string_view separators) {
    std::vector<std::string_view> words;
    std::size_t at = 0;
    while ((at = text.find_first_not_of(separators, at)) != std::string_view::npos) {
        const std::size_t end = std::min(text.find_first_of(separators, at), text.size());
        words.push_back(text.substr(at, end - at));
        at = end;
    }
    return words;
}

std::vector<std::string_view> split_braced(std::string_view text, std::string_view separators) {
    std::vector<std::string_view> words;
    std::size_t at = 0;
    while ((at = text.find_first_not_of(separators, at)) != std::string_view::npos) {
        std::size_t end = at;
        int depth = 0;
        for (; end < text.size(); ++end) {
            if (text[end] == '{') {
                ++depth;
            } else if (text[end] == '}' && depth > 0) {
                --depth;
            } else if (depth == 0 && separators.find(text[end]) != std::string_view::npos) {
                break;
            }
        }
        words.push_back(text.substr(at, end - at));
        at = end;
    }
    return words;
}

std::vector<std::string_view> split_fields(std::string_view text, char separator) {
    std::vector<std::string_view> fields;
    for (;;) {
        const std::size_t end = text.find(separator);
        fields.push_back(text.substr(0, end));
        if (end == std::string_view::npos) {
            return fields;
        }
        text.remove_prefix(end + 1);
    }
}

std::optional<std::pair<std::string_view, std::string_view>> split_once(std::string_view text, char separator) {
    const std::size_t at = text.find(separator);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    return std::pair{text.substr(0, at), text.substr(at + 1)};
}

void append_all(std::string& out, std::initializer_list<std::string_view> parts) {
    std::size_t size = out.size();
    for (const std::string_view part : parts) {
        size += part.size();
    }
    if (size > out.capacity()) {
        out.reserve(std::max(size, 2 * out.capacity()));
    }
    for (const std::string_view part : parts) {
        out.append(part);
    }
}

void append_number(std::string& out, std::uint64_t number, std::size_t width) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    const auto length = static_cast<std::size_t>(end - digits.data());
    if (length < width) {
        out.append(width - length, '0');
    }
    out.append(digits.data(), length);
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

std::string printable(std::string_view text, NonAscii non_ascii) {
    std::string out(text);
    for (std::size_t i = 0; i < out.size();) {
        const std::size_t kept = is_ascii(out[i]) ? (is_control(out[i]) ? 0 : 1) : non_ascii == NonAscii::keep ? visible_character(text.substr(i)) : 0;
        if (kept == 0) {
            out[i] = '?';
        }
        i += std::max<std::size_t>(kept, 1);
    }
    return out;
}

std::string_view cut(std::string_view text, std::size_t size_max) {
    if (text.size() <= size_max) {
        return text;
    }
    constexpr std::size_t continuations_max = 3;  // of a character; what has more is not UTF-8, and cut anywhere
    std::size_t end = size_max;
    while (end > 0 && size_max - end < continuations_max && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) {
        --end;
    }
    return text.substr(0, (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U ? size_max : end);
}

namespace {
constexpr std::string_view base64_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
}

namespace {
constexpr std::pair<char, char> escape_letters[] = {{'a', '\a'}, {'b', '\b'}, {'f', '\f'}, {'n', '\n'}, {'r', '\r'}, {'t', '\t'}, {'v', '\v'}};
}

std::string escape(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const auto letter = std::find_if(std::begin(escape_letters), std::end(escape_letters), [&](const auto& one) { return one.second == c; });
        if (letter != std::end(escape_letters)) {
            out += {'\\', letter->first};
        } else if (byte < ' ' || byte > '~') {
            out += {'\\', static_cast<char>('0' + (byte >> 6U)), static_cast<char>('0' + (byte >> 3U & 7U)), static_cast<char>('0' + (byte & 7U))};
        } else {
            out.append(c == '\\' ? 2 : 1, c);
        }
    }
    return out;
}

std::string unescape(std::string_view text) {
    const auto is_octal = [](char c) { return c >= '0' && c <= '7'; };
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '\\' || at + 1 == text.size()) {
            out += text[at];
            continue;
        }
        const char escaped = text[++at];
        if (is_octal(escaped)) {
            unsigned value = 0;
            std::size_t digits = 0;
            for (; digits < 3 && at + digits < text.size() && is_octal(text[at + digits]); ++digits) {
                value = value * 8 + static_cast<unsigned>(text[at + digits] - '0');
            }
            at += digits - 1;
            out += static_cast<char>(value & 0xffU);
            continue;
        }
        const auto letter = std::find_if(std::begin(escape_letters), std::end(escape_letters), [&](const auto& one) { return one.first == escaped; });
        out += letter == std::end(escape_letters) ? escaped : letter->second;
    }
    return out;
}

std::string base64_encode(std::string_view bytes) {
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k) {
            group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
        }
        for (std::size_t k = 0; k < 4; ++k) {
            out += i + k <= bytes.size() ? base64_alphabet[group >> (18 - 6 * k) & 63] : '=';
        }
    }
    return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
    if (text.size() % 4 != 0) {
        return std::nullopt;
    }
    std::string out;
    for (std::size_t i = 0; i < text.size(); i += 4) {
        std::uint32_t group = 0;
        std::size_t padding = 0;
        for (std::size_t k = 0; k < 4; ++k) {
            const char c = text[i + k];
            const std::size_t value = base64_alphabet.find(c);
            if (c == '=' && i + 4 == text.size() && k >= 2) {
                ++padding;
            } else if (value == std::string_view::npos || padding > 0) {
                return std::nullopt;
            }
            group = group << 6 | static_cast<std::uint32_t>(c == '=' ? 0 : value);
        }
        for (std::size_t k = 0; k < 3 - padding; ++k) {
            out += static_cast<char>(group >> (16 - 8 * k) & 255);
        }
    }
    return out;
}

}  // namespace posthouse::base
