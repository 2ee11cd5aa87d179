#pragma once
// One expanded value as the type its parameter has.
#include "base/bytes.hpp"
#include "config/parameter.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace posthouse::config {

/// yes or no, in either case.
[[nodiscard]] std::optional<bool> parse_boolean(std::string_view text);
/// Decimal, with an optional sign.
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);
/// "300", "5m", "1w"; `unit` is meant when there is no letter. Never negative.
[[nodiscard]] std::optional<std::chrono::seconds> parse_time(std::string_view text, Unit unit = Unit::s);
/// A number of bytes.
[[nodiscard]] std::optional<base::Bytes> parse_size(std::string_view text);
/// Words between commas and white space; "{ … }" stays one word with its braces.
[[nodiscard]] std::vector<std::string> parse_list(std::string_view text);

/// Why `text` is no value of the parameter's type or not within its bounds (bounds.def), nullopt if it is. `name`: the parameter's own, or that of a transport
/// whose value is of its kind.
[[nodiscard]] std::optional<std::string> value_problem(const Parameter& parameter, std::string_view name, std::string_view text);

}  // namespace posthouse::config
