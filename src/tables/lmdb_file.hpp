#pragma once
// Reading and writing LMDB files the way postmap(1) lays them out: one file, no lock file, the unnamed database.
#include <memory>
#include <string>

#include "tables/index_file.hpp"

struct MDB_env;
struct MDB_txn;

namespace posthouse::tables {

class LmdbFile final : public IndexFile {
public:
    [[nodiscard]] static base::Result<std::unique_ptr<IndexFile>> open_to_read(const std::string& path);
    [[nodiscard]] static base::Result<std::unique_ptr<IndexFile>> create(const std::string& path);

    ~LmdbFile() override;
    LmdbFile(const LmdbFile&) = delete;
    LmdbFile& operator=(const LmdbFile&) = delete;

    base::Result<void> for_each(const std::function<void(std::string_view, std::string_view)>& record) override;
    base::Result<std::optional<std::string>> get(const std::string& key) override;
    base::Result<bool> put(std::string_view key, std::string_view value, Existing existing) override;
    base::Result<void> finish() override;

private:
    explicit LmdbFile(std::string path) : path_(std::move(path)) {}
    [[nodiscard]] std::unexpected<base::Error> failure(std::string_view doing, int code) const;
    [[nodiscard]] int open(unsigned flags);
    [[nodiscard]] int begin();
    [[nodiscard]] int make_room(std::size_t bytes);

    std::string path_;
    MDB_env* environment_ = nullptr;
    MDB_txn* transaction_ = nullptr;  // open for as long as the object lives, until finish()
    unsigned database_ = 0;
    unsigned transaction_flags_ = 0;
    std::size_t uncommitted_ = 0;  // bytes put since the transaction began
};

}  // namespace posthouse::tables
