#pragma once
// Tables made of tables: unionmap (all answers, joined by commas), pipemap (the answer of one is the key of the next),
// randmap (any of the listed values). DATABASE_README.
#include <memory>

#include "tables/open_context.hpp"
#include "tables/table_name.hpp"

namespace posthouse::tables {

[[nodiscard]] std::shared_ptr<const Table> open_unionmap(const TableName& name, const OpenContext& context);
[[nodiscard]] std::shared_ptr<const Table> open_pipemap(const TableName& name, const OpenContext& context);
[[nodiscard]] std::shared_ptr<const Table> open_randmap(const TableName& name, const OpenContext& context);

}  // namespace posthouse::tables
