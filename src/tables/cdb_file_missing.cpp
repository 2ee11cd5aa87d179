// Of builds without libcdb.
#include "tables/cdb_file.hpp"

namespace posthouse::tables {

namespace {
std::unexpected<base::Error> missing(const std::string& path) {
    return base::fail(base::ErrorKind::invalid, "open database " + path + ": this program was built without libcdb");
}
}  // namespace

base::Result<std::unique_ptr<IndexFile>> open_cdb(const std::string& path) { return missing(path); }
base::Result<std::unique_ptr<IndexFile>> create_cdb(const std::string& path) { return missing(path); }

}  // namespace posthouse::tables
