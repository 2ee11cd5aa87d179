#pragma once
// "mysql:/x.cf": MySQL and MariaDB servers. mysql_table(5). What talks to them is left out of builds without the library (mysql_connection_missing.cpp).
#include <memory>

#include "tables/sql_server.hpp"

namespace posthouse::tables {

[[nodiscard]] std::shared_ptr<const Table> open_mysql(const TableName& name, const OpenContext& context);

[[nodiscard]] base::Result<SqlConnect> make_mysql_connect(const TableConfig& config);

}  // namespace posthouse::tables
