#pragma once
// DatabaseWriter: makes X.db beside X as postmap(1) does, but in one step: readers see the old file or the new one.
#include <string>

#include "tables/berkeley_db.hpp"

namespace posthouse::tables {

/// What to do with a key that is there already: postmap's default, -w, -r.
enum class Duplicates { warn, ignore, replace };

class DatabaseWriter {
public:
    DatabaseWriter(DatabaseWriter&& other) noexcept;
    DatabaseWriter& operator=(DatabaseWriter&&) = delete;
    /// Without commit() nothing changes.
    ~DatabaseWriter();

    /// `source`: X, without ".db". `mode`: permission bits of the new file, those of X by postmap's habit.
    [[nodiscard]] static base::Result<DatabaseWriter> create(const std::string& source, DatabaseType type, unsigned mode);
    /// The key is written as given: fold it first. False: a duplicate that was left alone.
    [[nodiscard]] base::Result<bool> put(const std::string& key, const std::string& value, Duplicates duplicates);
    [[nodiscard]] base::Result<void> commit();

private:
    DatabaseWriter(BerkeleyDb database, std::string path, std::string temporary)
        : database_(std::move(database)), path_(std::move(path)), temporary_(std::move(temporary)) {}
    BerkeleyDb database_;
    std::string path_;
    std::string temporary_;  // empty once there is none
};

}  // namespace posthouse::tables
