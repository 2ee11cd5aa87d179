#include "config/value.hpp"

#include "base/format.hpp"
#include "base/text.hpp"

#include <charconv>
#include <limits>

namespace posthouse::config {

namespace {

std::optional<std::int64_t> seconds_in(char letter) {
    switch (letter) {
        case 's': return 1;
        case 'm': return 60;
        case 'h': return 3'600;
        case 'd': return 86'400;
        case 'w': return 604'800;
        default: return std::nullopt;
    }
}

char letter_of(Unit unit) {
    switch (unit) {
        case Unit::m: return 'm';
        case Unit::h: return 'h';
        case Unit::d: return 'd';
        case Unit::w: return 'w';
        case Unit::none:
        case Unit::s: break;
    }
    return 's';
}

}  // namespace

std::optional<bool> parse_boolean(std::string_view text) {
    text = base::trim(text);
    if (base::iequals(text, "yes")) {
        return true;
    }
    return base::iequals(text, "no") ? std::optional(false) : std::nullopt;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
    text = base::trim(text);
    if (text.starts_with('+')) {
        text.remove_prefix(1);
    }
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

std::optional<std::chrono::seconds> parse_time(std::string_view text, Unit unit) {
    text = base::trim(text);
    char letter = letter_of(unit);
    if (!text.empty() && base::is_alpha(text.back())) {
        letter = text.back();
        text.remove_suffix(1);
    }
    const std::optional<std::int64_t> factor = seconds_in(letter);
    const std::optional<std::uint64_t> number = base::parse_number(text);
    // Postfix keeps times in an int; a larger one is its error too.
    constexpr auto seconds_max = std::numeric_limits<std::int32_t>::max();
    if (!factor || !number || *number > static_cast<std::uint64_t>(seconds_max / *factor)) {
        return std::nullopt;
    }
    return std::chrono::seconds(static_cast<std::int64_t>(*number) * *factor);
}

std::optional<base::Bytes> parse_size(std::string_view text) {
    const std::optional<std::uint64_t> number = base::parse_number(base::trim(text));
    if (!number || *number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        return std::nullopt;
    }
    return base::Bytes{*number};
}

std::vector<std::string> parse_list(std::string_view text) {
    std::vector<std::string> words;
    for (const std::string_view word : base::split_braced(text)) {
        words.emplace_back(word);
    }
    return words;
}

std::optional<std::string> value_problem(const Parameter& parameter, std::string_view text) {
    switch (parameter.type) {
        case Type::boolean:
            return parse_boolean(text) ? std::nullopt
                                       : std::optional(base::format("bad boolean configuration: {} = {} (yes or no)", parameter.name, text));
        case Type::integer:
            return parse_integer(text) ? std::nullopt
                                       : std::optional(base::format("bad numerical configuration: {} = {}", parameter.name, text));
        case Type::size:
            return parse_size(text) ? std::nullopt
                                    : std::optional(base::format("bad numerical configuration: {} = {} (a number of bytes)", parameter.name, text));
        case Type::time:
            return parse_time(text, parameter.unit)
                       ? std::nullopt
                       : std::optional(base::format("parameter {}: bad time value or unit: {} (a number and s, m, h, d or w)", parameter.name, text));
        default: return std::nullopt;
    }
}

}  // namespace posthouse::config
