#pragma once
// IndexFile: a file of keys and values that postmap(1) makes: Berkeley DB (hash, btree), LMDB or CDB. Opens files itself, past world::Files.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace posthouse::tables {

enum class DatabaseType { hash, btree, lmdb, cdb };

/// The type that a table of this name is kept in: "hash", "btree", "lmdb", "cdb".
[[nodiscard]] std::optional<DatabaseType> database_type(std::string_view name);
/// What is added to the name of the source file: ".db", ".lmdb", ".cdb".
[[nodiscard]] std::string_view file_suffix(DatabaseType type);

class IndexFile {
public:
    virtual ~IndexFile() = default;
    /// Keys and values without their trailing NUL, in the file's order.
    [[nodiscard]] virtual base::Result<void> for_each(const std::function<void(std::string_view, std::string_view)>& record) = 0;
    /// Tries the key with a trailing NUL, then without, as Postfix does.
    [[nodiscard]] virtual base::Result<std::optional<std::string>> get(const std::string& key) = 0;

    enum class Existing { keep, replace };
    /// Writes key and value as they are. False: the key was there and was kept.
    [[nodiscard]] virtual base::Result<bool> put(std::string_view key, std::string_view value, Existing existing) = 0;
    /// Everything is on disk when this returns.
    [[nodiscard]] virtual base::Result<void> finish() = 0;
};

/// Whether to wait for a writer that holds the file's lock (the real postmap writes in place), or to fail as `unavailable`.
enum class Locked { wait, fail };

/// The text of an error is "open database X.db: reason".
[[nodiscard]] base::Result<std::unique_ptr<IndexFile>> open_index(DatabaseType type, const std::string& path, Locked locked = Locked::wait);
/// An empty one, of mode 0644 less the umask; a file of that name is overwritten where it is.
[[nodiscard]] base::Result<std::unique_ptr<IndexFile>> create_index(DatabaseType type, const std::string& path);

}  // namespace posthouse::tables
