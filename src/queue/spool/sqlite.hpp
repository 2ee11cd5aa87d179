#pragma once
// SQLite as the spool uses it: a connection, cached statements, rows; failures as base::Error. Usable by one thread at a time.
#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "queue/spool/gathering_vfs.hpp"

namespace posthouse::queue {

/// What an SQLite result code is among our kinds.
[[nodiscard]] base::ErrorKind kind_of(int code);

enum class OpenMode : std::uint8_t { read_write, read_only };

class Database {
public:
    /// `vfs_name` empty: the default VFS. ErrorKind::invalid, with advice, if the file is damaged or no database.
    static base::Result<Database> open(const std::string& path, OpenMode mode, const std::string& vfs_name);
    Database(Database&& other) noexcept;
    Database& operator=(Database&& other) noexcept;
    ~Database();

    /// One or more statements without parameters; rows are dropped.
    base::Result<void> execute(const std::string& sql);
    /// The first column of the first row; nullopt: no row, or NULL.
    base::Result<std::optional<std::int64_t>> number(const std::string& sql);
    /// Any transaction is undone, whatever state it is in. False: SQLite could not even do that.
    bool roll_back();
    void set_busy_timeout(int milliseconds);
    /// What SQLite says about the last failure on this connection.
    [[nodiscard]] base::Error error() const;
    [[nodiscard]] sqlite3* handle() const { return handle_; }

private:
    Database(sqlite3* handle, std::unique_ptr<GatheringVfs> gathering) : gathering_(std::move(gathering)), handle_(handle) {}
    std::unique_ptr<GatheringVfs> gathering_;  // who reads only writes no log
    sqlite3* handle_ = nullptr;
};

/// A row under the statement's cursor; views live until the next step or the end of the Rows.
class Rows {
public:
    explicit Rows(sqlite3_stmt* statement) : statement_(statement) {}
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;
    /// Resets the statement, which ends its read transaction: an open one would keep the WAL from starting over.
    ~Rows();

    /// False: no more rows.
    base::Result<bool> next();
    [[nodiscard]] std::int64_t number(int column) const { return sqlite3_column_int64(statement_, column); }
    [[nodiscard]] bool is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
    [[nodiscard]] std::string_view bytes(int column) const;

private:
    sqlite3_stmt* statement_;
};

class Statement {
public:
    Statement() = default;
    static base::Result<Statement> prepare(const Database& database, std::string_view sql);
    Statement(Statement&& other) noexcept;
    Statement& operator=(Statement&& other) noexcept;
    ~Statement();

    /// Binds ?1, ?2 … to integers and blobs. Blobs are not copied: they must outlive the Rows.
    template <class... Values>
    Rows query(const Values&... values) {
        int index = 0;
        (bind(++index, values), ...);
        return Rows(statement_);
    }
    /// Runs to the end of a statement without rows; returns how many it changed.
    template <class... Values>
    base::Result<int> run(const Values&... values) {
        Rows rows = query(values...);
        if (const auto stepped = rows.next(); !stepped) {
            return std::unexpected(stepped.error());
        }
        return changes();
    }

private:
    [[nodiscard]] int changes() const;
    explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
    void bind(int index, std::int64_t value) { sqlite3_bind_int64(statement_, index, value); }
    void bind(int index, std::string_view blob);

    sqlite3_stmt* statement_ = nullptr;
};

}  // namespace posthouse::queue
