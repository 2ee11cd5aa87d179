#pragma once
// "pgsql:/x.cf": PostgreSQL servers. pgsql_table(5). What talks to them is left out of builds without the library (pgsql_connection_missing.cpp).
#include <memory>

#include "tables/sql_server.hpp"

namespace posthouse::tables {

[[nodiscard]] std::shared_ptr<const Table> open_pgsql(const TableName& name, const OpenContext& context);

[[nodiscard]] base::Result<SqlConnect> make_pgsql_connect(const TableConfig& config);

}  // namespace posthouse::tables
