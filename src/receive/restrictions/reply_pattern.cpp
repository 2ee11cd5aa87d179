#include "receive/restrictions/reply_pattern.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace posthouse::receive {

namespace {

std::optional<unsigned> parse_byte(std::string_view text) {
    const auto number = base::parse_number(text);
    return number && *number <= 255 ? std::optional(static_cast<unsigned>(*number)) : std::nullopt;
}

std::optional<std::pair<unsigned, unsigned>> parse_range(std::string_view text) {
    const std::size_t dots = text.find("..");
    const auto first = parse_byte(text.substr(0, dots));
    const auto last = dots == std::string_view::npos ? first : parse_byte(text.substr(dots + 2));
    if (!first || !last || *first > *last) {
        return std::nullopt;
    }
    return std::pair(*first, *last);
}

// Takes "1." or "[1;2..3]." off the front.
std::string_view take_field(std::string_view& rest) {
    const std::size_t close = rest.starts_with('[') ? rest.find(']') : 0;
    const std::size_t dot = close == std::string_view::npos ? close : rest.find('.', close);
    const std::string_view field = rest.substr(0, dot);
    rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
    return field;
}

}  // namespace

std::optional<ReplyPattern> ReplyPattern::parse(std::string_view text) {
    ReplyPattern out;
    for (auto& ranges : out.fields_) {
        std::string_view field = take_field(text);
        if (field.starts_with('[') && field.ends_with(']')) {
            field = field.substr(1, field.size() - 2);
        }
        for (const std::string_view part : base::split_words(field, ";")) {
            const auto range = parse_range(part);
            if (!range) {
                return std::nullopt;
            }
            ranges.push_back(*range);
        }
        if (ranges.empty()) {
            return std::nullopt;
        }
    }
    return text.empty() ? std::optional(std::move(out)) : std::nullopt;
}

bool ReplyPattern::matches(const base::IpAddress& answer) const {
    std::string_view rest;
    const std::string text = answer.text();
    rest = text;
    for (const auto& ranges : fields_) {
        const auto byte = parse_byte(take_field(rest));
        if (!byte || std::none_of(ranges.begin(), ranges.end(), [&](const Range& range) { return *byte >= range.first && *byte <= range.second; })) {
            return false;
        }
    }
    return true;
}

}  // namespace posthouse::receive
