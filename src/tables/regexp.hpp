#pragma once
// "regexp:/x": POSIX extended regular expressions. regexp_table(5).
#include <memory>

#include "tables/pattern_table.hpp"

namespace posthouse::tables {

[[nodiscard]] std::shared_ptr<const Table> open_regexp(const TableName& name, const OpenContext& context);

}  // namespace posthouse::tables
