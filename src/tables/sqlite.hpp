#pragma once
// "sqlite:/x.cf": an SQLite database that is only read. sqlite_table(5).
#include <memory>

#include "tables/open_context.hpp"
#include "tables/table_name.hpp"

namespace posthouse::tables {

[[nodiscard]] std::shared_ptr<const Table> open_sqlite(const TableName& name, const OpenContext& context);

}  // namespace posthouse::tables
