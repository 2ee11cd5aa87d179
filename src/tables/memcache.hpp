#pragma once
// "memcache:/x.cf": a memcached server, and behind it perhaps another table that knows what it does not. memcache_table(5).
#include <memory>

#include "tables/open_context.hpp"
#include "tables/table_name.hpp"

namespace posthouse::tables {

[[nodiscard]] std::shared_ptr<const Table> open_memcache(const TableName& name, const OpenContext& context);

}  // namespace posthouse::tables
