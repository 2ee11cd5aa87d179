#include "tables/writer.hpp"

#include <filesystem>

namespace posthouse::tables {

DatabaseWriter::DatabaseWriter(DatabaseWriter&& other) noexcept
    : database_(std::move(other.database_)), terminator_(other.terminator_), path_(std::move(other.path_)), temporary_(std::exchange(other.temporary_, {})) {}

DatabaseWriter::~DatabaseWriter() {
    if (!temporary_.empty()) {
        std::error_code ignored;
        std::filesystem::remove(temporary_, ignored);
    }
}

base::Result<DatabaseWriter> DatabaseWriter::create(const std::string& source, DatabaseType type, unsigned mode, Terminator terminator) {
    const std::string path = source + std::string(file_suffix(type));
    const std::string temporary = path + ".tmp";
    std::error_code error;
    std::filesystem::remove(temporary, error);  // of a run that was killed
    auto database = create_index(type, temporary, mode);
    if (!database) {
        return std::unexpected(database.error());
    }
    DatabaseWriter writer(std::move(*database), terminator, path, temporary);
    // The library applied the umask; postmap gives the source's bits as they are.
    std::filesystem::permissions(temporary, static_cast<std::filesystem::perms>(mode & 0777U), error);
    if (error) {
        return base::fail(base::ErrorKind::io, "set permissions of " + temporary + ": " + error.message());
    }
    return writer;
}

base::Result<bool> DatabaseWriter::put(const std::string& key, const std::string& value, Duplicates duplicates) {
    const std::size_t nul = terminator_ == Terminator::with ? 1 : 0;
    return database_->put({key.c_str(), key.size() + nul}, {value.c_str(), value.size() + nul},
                          duplicates == Duplicates::replace ? IndexFile::Existing::replace : IndexFile::Existing::keep);
}

base::Result<void> DatabaseWriter::commit() {
    if (const auto finished = database_->finish(); !finished) {
        return finished;
    }
    std::error_code error;
    std::filesystem::rename(temporary_, path_, error);
    if (error) {
        return base::fail(base::ErrorKind::io, "rename " + temporary_ + " to " + path_ + ": " + error.message());
    }
    temporary_.clear();
    return {};
}

}  // namespace posthouse::tables
