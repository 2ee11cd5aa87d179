// The families <transport>_<suffix> of postconf(5): one value for each transport, one default for all.
#include "base/text.hpp"
#include "config/parameter.hpp"
#include "config/value.hpp"
#include "config/view.hpp"

#include <algorithm>
#include <array>

namespace posthouse::config {

namespace {

struct Family {
    std::string_view suffix;
    std::string_view fallback;  // parameter
};

constexpr std::array families{
    Family{"delivery_slot_cost", "default_delivery_slot_cost"},
    Family{"delivery_slot_discount", "default_delivery_slot_discount"},
    Family{"delivery_slot_loan", "default_delivery_slot_loan"},
    Family{"destination_concurrency_failed_cohort_limit", "default_destination_concurrency_failed_cohort_limit"},
    Family{"destination_concurrency_limit", "default_destination_concurrency_limit"},
    Family{"destination_concurrency_negative_feedback", "default_destination_concurrency_negative_feedback"},
    Family{"destination_concurrency_positive_feedback", "default_destination_concurrency_positive_feedback"},
    Family{"destination_rate_delay", "default_destination_rate_delay"},
    Family{"destination_recipient_limit", "default_destination_recipient_limit"},
    Family{"extra_recipient_limit", "default_extra_recipient_limit"},
    Family{"initial_destination_concurrency", "initial_destination_concurrency"},
    Family{"minimum_delivery_slots", "default_minimum_delivery_slots"},
    Family{"recipient_refill_delay", "default_recipient_refill_delay"},
    Family{"recipient_refill_limit", "default_recipient_refill_limit"},
    Family{"recipient_limit", "default_recipient_limit"},
    Family{"transport_rate_delay", "default_transport_rate_delay"},
    Family{"time_limit", "command_time_limit"},
};

}  // namespace

std::optional<std::string> transport_default_name(std::string_view suffix) {
    for (const Family& family : families) {
        if (family.suffix == suffix) {
            return std::string(family.fallback);
        }
    }
    return std::nullopt;
}

std::vector<std::string_view> transport_suffixes() {
    std::vector<std::string_view> suffixes(std::size(families));
    std::transform(std::begin(families), std::end(families), suffixes.begin(), [](const Family& family) { return family.suffix; });
    return suffixes;
}

std::optional<std::pair<std::string_view, std::string_view>> split_transport_parameter(std::string_view name) {
    // Longest suffix first: "x_destination_recipient_limit" is not the recipient_limit of a transport "x_destination".
    std::optional<std::pair<std::string_view, std::string_view>> best;
    for (const Family& family : families) {
        if (name.size() > family.suffix.size() + 1 && name.ends_with(family.suffix) &&
            name[name.size() - family.suffix.size() - 1] == '_' && (!best || family.suffix.size() > best->second.size())) {
            best = {name.substr(0, name.size() - family.suffix.size() - 1), family.suffix};
        }
    }
    return best;
}

std::string View::transport_value(std::string_view transport, std::string_view suffix) const {
    const std::string name = std::string(transport) + "_" + std::string(suffix);
    const Parameter* parameter = find_parameter(name);
    // A few transports have a default of their own (local_destination_concurrency_limit).
    if (is_set(name) || (parameter != nullptr && parameter->origin != Origin::other)) {
        return text(name);
    }
    const std::optional<std::string> fallback = transport_default_name(suffix);
    return fallback ? text(*fallback) : std::string();
}

std::int64_t View::transport_integer(std::string_view transport, std::string_view suffix) const {
    if (const std::optional<std::int64_t> value = parse_integer(transport_value(transport, suffix))) {
        return *value;
    }
    const std::optional<std::string> fallback = transport_default_name(suffix);
    return fallback ? integer(*fallback) : 0;
}

std::chrono::seconds View::transport_time(std::string_view transport, std::string_view suffix) const {
    if (const std::optional<std::chrono::seconds> value = parse_time(transport_value(transport, suffix))) {
        return *value;
    }
    const std::optional<std::string> fallback = transport_default_name(suffix);
    return fallback ? time(*fallback) : std::chrono::seconds(0);
}

}  // namespace posthouse::config
