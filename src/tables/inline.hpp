#pragma once
// "inline:{key=value, {key = value with spaces or commas}}". DATABASE_README.
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tables/open_context.hpp"
#include "tables/table_name.hpp"

namespace posthouse::tables {

[[nodiscard]] std::shared_ptr<const Table> open_inline(const TableName& name, const OpenContext& context);

/// "{a, {b c}}" → "a", "b c": the members of a brace list, without their own braces; an error text if the braces do not fit.
[[nodiscard]] std::expected<std::vector<std::string>, std::string> split_brace_list(std::string_view text);

}  // namespace posthouse::tables
