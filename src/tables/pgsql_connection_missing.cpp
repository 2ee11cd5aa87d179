// Of builds without libpq.
#include "tables/pgsql.hpp"

namespace posthouse::tables {

base::Result<SqlConnect> make_pgsql_connect(const TableConfig& config) {
    return base::fail(base::ErrorKind::invalid, config.path() + ": this program was built without libpq");
}

}  // namespace posthouse::tables
