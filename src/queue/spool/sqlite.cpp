#include "queue/spool/sqlite.hpp"

#include <utility>

#include "base/format.hpp"

namespace posthouse::queue {

namespace {

base::Error describe(sqlite3* handle) {
    const int code = sqlite3_extended_errcode(handle);
    const char* const name = sqlite3_db_filename(handle, "main");
    const std::string path = name != nullptr ? name : "";
    base::Error error{kind_of(code), base::format("spool {}: {} (SQLite error {})", path, sqlite3_errmsg(handle), code)};
    if (error.kind == base::ErrorKind::invalid) {
        error.text += "; see \"Recovery\" in docs/spool.md";
    }
    return error;
}

}  // namespace

base::ErrorKind kind_of(int code) {
    switch (code & 0xff) {
        case SQLITE_FULL:
            return base::ErrorKind::no_space;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return base::ErrorKind::invalid;
        case SQLITE_PERM:
        case SQLITE_READONLY:
        case SQLITE_AUTH:
            return base::ErrorKind::permission;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return base::ErrorKind::unavailable;
        case SQLITE_NOMEM:
        case SQLITE_TOOBIG:
            return base::ErrorKind::limit;
        default:
            return base::ErrorKind::io;
    }
}

base::Result<Database> Database::open(const std::string& path, OpenMode mode, const std::string& vfs_name) {
    const int access = mode == OpenMode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    auto gathering = mode == OpenMode::read_only ? nullptr : std::make_unique<GatheringVfs>(vfs_name);
    const std::string& vfs = gathering ? gathering->name() : vfs_name;
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &handle, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, vfs.empty() ? nullptr : vfs.c_str());
    if (handle == nullptr) {
        return base::fail(base::ErrorKind::limit, base::format("spool {}: no memory", path));
    }
    Database database(handle, std::move(gathering));
    if (code != SQLITE_OK) {
        return base::fail(database.error(), base::format("open {}", path));
    }
    return database;
}

Database::Database(Database&& other) noexcept : gathering_(std::move(other.gathering_)), handle_(std::exchange(other.handle_, nullptr)) {}

Database& Database::operator=(Database&& other) noexcept {
    std::swap(gathering_, other.gathering_);
    std::swap(handle_, other.handle_);
    return *this;
}

Database::~Database() { sqlite3_close_v2(handle_); }

base::Result<void> Database::execute(const std::string& sql) {
    if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
        return std::unexpected(error());
    }
    return {};
}

base::Result<std::optional<std::int64_t>> Database::number(const std::string& sql) {
    auto statement = Statement::prepare(*this, sql);
    if (!statement) {
        return std::unexpected(statement.error());
    }
    Rows rows = statement->query();
    const auto found = rows.next();
    if (!found) {
        return std::unexpected(found.error());
    }
    if (!*found || rows.is_null(0)) {
        return std::nullopt;
    }
    return rows.number(0);
}

bool Database::roll_back() {
    if (sqlite3_get_autocommit(handle_) == 0) {
        sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
    }
    return sqlite3_get_autocommit(handle_) != 0;
}

void Database::set_busy_timeout(int milliseconds) { sqlite3_busy_timeout(handle_, milliseconds); }

base::Error Database::error() const { return describe(handle_); }

Rows::~Rows() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
}

base::Result<bool> Rows::next() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) {
        return true;
    }
    if (code == SQLITE_DONE) {
        return false;
    }
    return std::unexpected(describe(sqlite3_db_handle(statement_)));
}

std::string_view Rows::bytes(int column) const {
    const void* data = sqlite3_column_blob(statement_, column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return data == nullptr ? std::string_view() : std::string_view(static_cast<const char*>(data), size);
}

base::Result<Statement> Statement::prepare(const Database& database, std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v3(database.handle(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement, nullptr) !=
        SQLITE_OK) {
        return std::unexpected(database.error());
    }
    return Statement(statement);
}

Statement::Statement(Statement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
    std::swap(statement_, other.statement_);
    return *this;
}

Statement::~Statement() { sqlite3_finalize(statement_); }

int Statement::changes() const { return sqlite3_changes(sqlite3_db_handle(statement_)); }

void Statement::bind(int index, std::string_view blob) {
    // An empty blob, never NULL: the pointer must not be null.
    sqlite3_bind_blob64(statement_, index, blob.empty() ? "" : blob.data(), blob.size(), SQLITE_STATIC);
}

}  // namespace posthouse::queue
