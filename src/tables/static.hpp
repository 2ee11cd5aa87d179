#pragma once
// "static:value", "static:{value with spaces}": every key has the same value. DATABASE_README.
#include <memory>

#include "tables/open_context.hpp"
#include "tables/table_name.hpp"

namespace posthouse::tables {

[[nodiscard]] std::shared_ptr<const Table> open_static(const TableName& name, const OpenContext& context);

}  // namespace posthouse::tables
