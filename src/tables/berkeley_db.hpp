#pragma once
// Reading and writing Berkeley DB 5.3 files the way postmap(1) lays them out.
#include <memory>
#include <string>
#include <string_view>

#include "tables/index_file.hpp"

struct __db;  // NOLINT: the library's name for it

namespace posthouse::tables {

class BerkeleyDb final : public IndexFile {
public:
    /// A database of either type, to read.
    [[nodiscard]] static base::Result<std::unique_ptr<IndexFile>> open_to_read(const std::string& path);
    [[nodiscard]] static base::Result<std::unique_ptr<IndexFile>> create(const std::string& path, DatabaseType type);

    base::Result<void> for_each(const std::function<void(std::string_view, std::string_view)>& record) override;
    base::Result<std::optional<std::string>> get(const std::string& key) override;
    base::Result<bool> put(std::string_view key, std::string_view value, Existing existing) override;
    base::Result<void> finish() override;

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
