#include "mail/record.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace posthouse::mail {
namespace {

constexpr std::size_t value_length_max = 16 * 1024;

bool is_name_char(char c) { return base::is_alnum(c) || c == '-' || c == '_'; }

bool is_name(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_name_char); }

bool needs_escape(char c) { return c == ' ' || c == '%' || base::is_control(c); }

void append_escaped(std::string& out, std::string_view value) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char c : value) {
        if (needs_escape(c)) {
            const auto byte = static_cast<unsigned char>(c);
            out += '%';
            out += digits[byte >> 4];
            out += digits[byte & 15];
        } else {
            out += c;
        }
    }
}

std::optional<unsigned> hex_digit(char c) {
    if (base::is_digit(c)) {
        return static_cast<unsigned>(c - '0');
    }
    if (c >= 'A' && c <= 'F') {
        return static_cast<unsigned>(c - 'A' + 10);
    }
    return std::nullopt;
}

std::optional<std::string> unescape(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            if (needs_escape(text[i])) {
                return std::nullopt;
            }
            out += text[i];
            continue;
        }
        if (i + 2 >= text.size()) {
            return std::nullopt;
        }
        const auto high = hex_digit(text[i + 1]);
        const auto low = hex_digit(text[i + 2]);
        if (!high || !low) {
            return std::nullopt;
        }
        out += static_cast<char>(*high * 16 + *low);
        i += 2;
    }
    return out;
}

}  // namespace

Record& Record::add(std::string key, std::string value) {
    fields.emplace_back(std::move(key), std::move(value));
    return *this;
}

Record& Record::add(std::string key, std::uint64_t value) { return add(std::move(key), std::to_string(value)); }

const std::string& Record::get(std::string_view key) const {
    static const std::string none;
    const auto found = std::ranges::find(fields, key, &std::pair<std::string, std::string>::first);
    return found == fields.end() ? none : found->second;
}

std::optional<std::uint64_t> Record::number(std::string_view key) const { return base::parse_number(get(key)); }

std::string encode(const Record& record) {
    std::string out = record.word;
    for (const auto& [key, value] : record.fields) {
        const std::size_t before = out.size();
        out += ' ';
        out += key;
        out += '=';
        append_escaped(out, std::string_view(value).substr(0, value_length_max));
        if (out.size() >= record_length_max) {
            out.resize(before);
            break;
        }
    }
    out += '\n';
    return out;
}

base::Result<Record> decode_record(std::string_view line) {
    if (line.size() > record_length_max) {
        return base::fail(base::ErrorKind::limit, "record is too long");
    }
    std::vector<std::string_view> words = base::split_fields(line, ' ');
    if (words.size() > record_fields_max + 1) {
        return base::fail(base::ErrorKind::limit, "record has too many fields");
    }
    if (words.empty() || !is_name(words.front())) {
        return base::fail(base::ErrorKind::invalid, "record without a word");
    }
    Record record{std::string(words.front())};
    for (std::size_t i = 1; i < words.size(); ++i) {
        const auto parts = base::split_once(words[i], '=');
        if (!parts || !is_name(parts->first)) {
            return base::fail(base::ErrorKind::invalid, "record with a malformed field");
        }
        auto value = unescape(parts->second);
        if (!value) {
            return base::fail(base::ErrorKind::invalid, "record with a malformed value");
        }
        record.add(std::string(parts->first), std::move(*value));
    }
    return record;
}

}  // namespace posthouse::mail
