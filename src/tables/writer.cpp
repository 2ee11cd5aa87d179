#include "tables/writer.hpp"

namespace posthouse::tables {

base::Result<DatabaseWriter> DatabaseWriter::create(const std::string& path, DatabaseType type, Terminator terminator) {
    auto database = create_index(type, path);
    if (!database) {
        return std::unexpected(database.error());
    }
    return DatabaseWriter(std::move(*database), terminator);
}

base::Result<bool> DatabaseWriter::put(const std::string& key, const std::string& value, Duplicates duplicates) {
    const std::size_t nul = terminator_ == Terminator::with ? 1 : 0;
    return database_->put({key.c_str(), key.size() + nul}, {value.c_str(), value.size() + nul},
                          duplicates == Duplicates::replace ? IndexFile::Existing::replace : IndexFile::Existing::keep);
}

}  // namespace posthouse::tables
