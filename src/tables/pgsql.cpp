#include "tables/pgsql.hpp"

namespace posthouse::tables {

std::shared_ptr<const Table> open_pgsql(const TableName& name, const OpenContext& context) { return open_sql_server(name, context, make_pgsql_connect); }

}  // namespace posthouse::tables
