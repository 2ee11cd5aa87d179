#pragma once
// DatabaseWriter: fills X.db (X.lmdb, X.cdb) as postmap(1) does.
#include <string>

#include "tables/index_file.hpp"

namespace posthouse::tables {

/// What to do with a key that is there already: postmap's default, -w, -r.
enum class Duplicates { warn, ignore, replace };
/// Whether keys and values end in a NUL byte: postmap's -N, which is what tables have by default, and -n.
enum class Terminator { with, without };

class DatabaseWriter {
public:
    /// `path`: the database itself, suffix and all; a file of that name is overwritten where it is.
    [[nodiscard]] static base::Result<DatabaseWriter> create(const std::string& path, DatabaseType type, Terminator terminator = Terminator::with);
    /// The key is written as given: fold it first. False: a duplicate that was left alone.
    [[nodiscard]] base::Result<bool> put(const std::string& key, const std::string& value, Duplicates duplicates);
    /// Everything is on disk when this returns.
    [[nodiscard]] base::Result<void> finish() { return database_->finish(); }

private:
    DatabaseWriter(std::unique_ptr<IndexFile> database, Terminator terminator) : database_(std::move(database)), terminator_(terminator) {}
    std::unique_ptr<IndexFile> database_;
    Terminator terminator_;
};

}  // namespace posthouse::tables
