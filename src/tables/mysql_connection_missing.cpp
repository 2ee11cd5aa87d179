// Of builds without libmariadb.
#include "tables/mysql.hpp"

namespace posthouse::tables {

base::Result<SqlConnect> make_mysql_connect(const TableConfig& config) {
    return base::fail(base::ErrorKind::invalid, config.path() + ": this program was built without libmariadb");
}

}  // namespace posthouse::tables
