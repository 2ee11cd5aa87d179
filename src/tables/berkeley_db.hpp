#pragma once
// Reading and writing Berkeley DB 5.3 files the way postmap(1) lays them out. Opens files itself, past world::Files.
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

struct __db;

namespace posthouse::tables {

enum class DatabaseType { hash, btree };

class BerkeleyDb {
public:
    /// A database of either type, to read. The text of an error is "open database X.db: reason".
    [[nodiscard]] static base::Result<BerkeleyDb> open_to_read(const std::string& path);
    /// An empty one; a file of that name is overwritten.
    [[nodiscard]] static base::Result<BerkeleyDb> create(const std::string& path, DatabaseType type, unsigned mode);

    /// Keys and values without their trailing NUL, in the file's order.
    [[nodiscard]] base::Result<void> for_each(const std::function<void(std::string_view, std::string_view)>& record);
    /// Tries the key with a trailing NUL, then without, as Postfix does.
    [[nodiscard]] base::Result<std::optional<std::string>> get(const std::string& key);

    enum class Existing { keep, replace };
    /// Writes key and value with a trailing NUL. False: the key was there and was kept.
    [[nodiscard]] base::Result<bool> put(const std::string& key, const std::string& value, Existing existing);
    /// Everything is on disk when this returns.
    [[nodiscard]] base::Result<void> finish();

private:
    struct Close {
        void operator()(__db* database) const;
    };
    BerkeleyDb(std::unique_ptr<__db, Close> database, std::string path) : database_(std::move(database)), path_(std::move(path)) {}
    [[nodiscard]] std::unexpected<base::Error> failure(std::string_view doing, int code) const;

    std::unique_ptr<__db, Close> database_;
    std::string path_;
};

}  // namespace posthouse::tables
