#pragma once
// "internal:name": a table in memory that begins empty. Postfix's programs keep caches in such tables; where one is only asked,
// it knows nothing. DATABASE_README.
#include <memory>

#include "tables/open_context.hpp"
#include "tables/table_name.hpp"

namespace posthouse::tables {

[[nodiscard]] std::shared_ptr<const Table> open_internal(const TableName& name, const OpenContext& context);

}  // namespace posthouse::tables
