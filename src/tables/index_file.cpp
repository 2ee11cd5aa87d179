#include "tables/index_file.hpp"

#include <sys/file.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "tables/berkeley_db.hpp"
#include "tables/cdb_file.hpp"
#include "tables/lmdb_file.hpp"

namespace posthouse::tables {

namespace {

constexpr std::array<std::pair<std::string_view, DatabaseType>, 4> types{
    {{"btree", DatabaseType::btree}, {"cdb", DatabaseType::cdb}, {"hash", DatabaseType::hash}, {"lmdb", DatabaseType::lmdb}}};

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using LockFile = std::unique_ptr<std::FILE, CloseFile>;

/// A reader that keeps the shared lock for as long as it lives.
class LockedIndex final : public IndexFile {
public:
    LockedIndex(LockFile lock, std::unique_ptr<IndexFile> index) : lock_(std::move(lock)), index_(std::move(index)) {}
    base::Result<void> for_each(const std::function<void(std::string_view, std::string_view)>& record) override { return index_->for_each(record); }
    base::Result<std::optional<std::string>> get(const std::string& key) override { return index_->get(key); }
    base::Result<bool> put(std::string_view key, std::string_view value, Existing existing) override { return index_->put(key, value, existing); }
    base::Result<void> finish() override { return index_->finish(); }

private:
    LockFile lock_;  // outlives the index
    std::unique_ptr<IndexFile> index_;
};

base::Result<std::unique_ptr<IndexFile>> read_index(DatabaseType type, const std::string& path) {
    switch (type) {
        case DatabaseType::lmdb:
            return LmdbFile::open_to_read(path);
        case DatabaseType::cdb:
            return open_cdb(path);
        default:
            return BerkeleyDb::open_to_read(path);
    }
}

}  // namespace

std::optional<DatabaseType> database_type(std::string_view name) {
    for (const auto& [known, type] : types) {
        if (known == name) {
            return type;
        }
    }
    return std::nullopt;
}

std::string_view file_suffix(DatabaseType type) {
    switch (type) {
        case DatabaseType::lmdb:
            return ".lmdb";
        case DatabaseType::cdb:
            return ".cdb";
        default:
            return ".db";
    }
}

base::Result<std::unique_ptr<IndexFile>> open_index(DatabaseType type, const std::string& path, Locked locked) {
    // Taken before the first page is read: a writer truncates the file and fills it under an exclusive lock.
    LockFile lock(std::fopen(path.c_str(), "re"));
    if (lock) {
        int code = 0;
        do {
            code = flock(fileno(lock.get()), locked == Locked::wait ? LOCK_SH : LOCK_SH | LOCK_NB);
        } while (code != 0 && errno == EINTR);
        if (code != 0 && errno == EWOULDBLOCK) {
            return base::fail(base::ErrorKind::unavailable, "open database " + path + ": being written by another program");
        }
    }
    auto index = read_index(type, path);
    if (!index || !lock) {
        return index;
    }
    return std::make_unique<LockedIndex>(std::move(lock), std::move(*index));
}

base::Result<std::unique_ptr<IndexFile>> create_index(DatabaseType type, const std::string& path) {
    switch (type) {
        case DatabaseType::lmdb:
            return LmdbFile::create(path);
        case DatabaseType::cdb:
            return create_cdb(path);
        default:
            return BerkeleyDb::create(path, type);
    }
}

}  // namespace posthouse::tables
