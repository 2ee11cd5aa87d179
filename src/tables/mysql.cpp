#include "tables/mysql.hpp"

namespace posthouse::tables {

std::shared_ptr<const Table> open_mysql(const TableName& name, const OpenContext& context) { return open_sql_server(name, context, make_mysql_connect); }

}  // namespace posthouse::tables
