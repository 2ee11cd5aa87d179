#include "config/value.hpp"

#include "base/format.hpp"
#include "base/ip_address.hpp"
#include "base/text.hpp"
#include "smtp/hostname.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <unordered_map>
#include <utility>

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

struct Bounds {
    std::int64_t least = 0;
    std::int64_t most = 0;  // 0: none
};

Bounds bounds_of(const Parameter& parameter) {
    static const std::unordered_map<std::string_view, Bounds> table{
#define B(name, least, most) {#name, {least, most}},
#include "config/bounds.def"
#undef B
    };
    const auto found = table.find(parameter.name);
    return found == table.end() ? Bounds{} : found->second;
}

struct Choices {
    std::size_t words_max = 1;
    std::string_view words;
};

/// nullopt: any text will do.
std::optional<Choices> choices_of(const Parameter& parameter) {
    constexpr std::size_t one = 1, several = 1000;
    static const std::unordered_map<std::string_view, Choices> table{
#define C(name, count, words) {#name, {count, words}},
#include "config/choices.def"
#undef C
    };
    const auto found = table.find(parameter.name);
    return found == table.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::string> bad_choice(std::string_view name, std::string_view text, const Choices& choices) {
    const std::vector<std::string_view> known = base::split_words(choices.words, " ");
    const std::vector<std::string_view> words = base::split_words(text, ", \t\r\n");
    const auto is_known = [&known](std::string_view word) { return std::any_of(known.begin(), known.end(), [word](std::string_view one) { return base::iequals(one, word); }); };
    const auto bad = std::find_if_not(words.begin(), words.end(), is_known);
    if (bad == words.end() && words.size() <= choices.words_max) {
        return std::nullopt;
    }
    return base::format("{} = {}: no such value, use {} of: {}", name, text, choices.words_max == 1 ? "one" : "some", choices.words);
}

/// Where everything of ours lies: from each working directory it would be another place.
bool is_home(std::string_view name) { return name == "queue_directory" || name == "data_directory" || name == "maillog_file"; }

/// Another would leave the choice of the source address, which a next hop may trust or a firewall let out, to the kernel.
bool is_bind_address(std::string_view name, std::string_view text) {
    const auto address = base::IpAddress::parse(text);
    return address && address->is_v4() == !name.ends_with('6');
}

std::optional<std::string> out_of_bounds(std::string_view name, std::int64_t value, Bounds bounds) {
    if (value < bounds.least) {
        return base::format("invalid {} parameter value {} < {}", name, value, bounds.least);
    }
    if (bounds.most > 0 && value > bounds.most) {
        return base::format("invalid {} parameter value {} > {}", name, value, bounds.most);
    }
    return std::nullopt;
}

std::optional<std::string> bad_length(std::string_view name, std::string_view text, Bounds bounds) {
    const auto length = static_cast<std::int64_t>(text.size());
    if (length < bounds.least) {
        return base::format("bad string length {} < {}: {} = {}", length, bounds.least, name, text);
    }
    if (bounds.most > 0 && length > bounds.most) {
        return base::format("bad string length {} > {}: {} = {}", length, bounds.most, name, text);
    }
    return std::nullopt;
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

std::optional<std::string> value_problem(const Parameter& parameter, std::string_view name, std::string_view text) {
    const Bounds bounds = bounds_of(parameter);
    switch (parameter.type) {
        case Type::boolean:
            return parse_boolean(text) ? std::nullopt
                                       : std::optional(base::format("bad boolean configuration: {} = {} (yes or no)", name, text));
        case Type::integer: {
            const std::optional<std::int64_t> value = parse_integer(text);
            return value && std::in_range<std::int32_t>(*value) ? out_of_bounds(name, *value, bounds)
                                                                : std::optional(base::format("bad numerical configuration: {} = {}", name, text));
        }
        case Type::size: {
            const std::optional<base::Bytes> value = parse_size(text);
            return value ? out_of_bounds(name, static_cast<std::int64_t>(value->count), bounds)
                         : std::optional(base::format("bad numerical configuration: {} = {} (a number of bytes)", name, text));
        }
        case Type::time: {
            const std::optional<std::chrono::seconds> value = parse_time(text, parameter.unit);
            return value ? out_of_bounds(name, value->count(), bounds)
                         : std::optional(base::format("parameter {}: bad time value or unit: {} (a number and s, m, h, d or w)", name, text));
        }
        default:
            if ((name == "myhostname" || name == "mydomain") && !text.empty() && !smtp::is_valid_hostname(text)) {
                return base::format("{} = {}: bad parameter value, use letters, digits, '-' and dots, as in mail.example.com", name, text);
            }
            if (name.starts_with("smtp_bind_address") && !text.empty() && !is_bind_address(name, text)) {
                return base::format("{} = {}: must be an {} address", name, text, name.ends_with('6') ? "IPv6" : "IPv4");
            }
            if (is_home(name) && !text.starts_with('/') && (name != "maillog_file" || !text.empty())) {
                return base::format("{} = {}: must be an absolute path", name, text);
            }
            if (const auto choices = choices_of(parameter)) {
                if (auto problem = bad_choice(name, text, *choices)) {
                    return problem;
                }
            }
            return bad_length(name, text, bounds);
    }
}

}  // namespace posthouse::config
