#pragma once
// DatabaseWriter: makes X.db (X.lmdb) beside X as postmap(1) does, but in one step: readers see the old file or the new one.
#include <string>

#include "tables/index_file.hpp"

namespace posthouse::tables {

/// What to do with a key that is there already: postmap's default, -w, -r.
enum class Duplicates { warn, ignore, replace };
/// Whether keys and values end in a NUL byte: postmap's -N, which is what tables have by default, and -n.
enum class Terminator { with, without };

class DatabaseWriter {
public:
    DatabaseWriter(DatabaseWriter&& other) noexcept;
    DatabaseWriter& operator=(DatabaseWriter&&) = delete;
    /// Without commit() nothing changes.
    ~DatabaseWriter();

    /// `source`: X, without a suffix. `mode`: permission bits of the new file, those of X by postmap's habit.
    [[nodiscard]] static base::Result<DatabaseWriter> create(const std::string& source, DatabaseType type, unsigned mode, Terminator terminator = Terminator::with);
    /// The key is written as given: fold it first. False: a duplicate that was left alone.
    [[nodiscard]] base::Result<bool> put(const std::string& key, const std::string& value, Duplicates duplicates);
    [[nodiscard]] base::Result<void> commit();

private:
    DatabaseWriter(std::unique_ptr<IndexFile> database, Terminator terminator, std::string path, std::string temporary)
        : database_(std::move(database)), terminator_(terminator), path_(std::move(path)), temporary_(std::move(temporary)) {}
    std::unique_ptr<IndexFile> database_;
    Terminator terminator_;
    std::string path_;
    std::string temporary_;  // empty once there is none
};

}  // namespace posthouse::tables
