#include "tables/berkeley_db.hpp"

#include <db.h>

#include <cerrno>

#include "tables/database_error.hpp"

namespace posthouse::tables {

namespace {

DBT to_dbt(std::string_view text) {
    DBT out{};
    out.data = const_cast<char*>(text.data());  // the C interface has one type for both directions; it only reads here
    out.size = static_cast<u_int32_t>(text.size());
    return out;
}

std::string_view text_of(const DBT& item) { return stored_text(item.data, item.size); }

base::Error error_of(std::string_view doing, const std::string& path, int code) {
    return {kind_of_error_number(code), std::string(doing) + " database " + path + ": " + db_strerror(code)};
}

struct CloseCursor {
    void operator()(DBC* cursor) const { cursor->close(cursor); }
};

base::Result<DB*> make_handle(const std::string& path) {
    DB* database = nullptr;
    if (const int code = db_create(&database, nullptr, 0); code != 0) {
        return std::unexpected(error_of("create", path, code));
    }
    database->set_errcall(database, [](const DB_ENV*, const char*, const char*) {});  // we report errors, the library does not print them
    return database;
}

}  // namespace

void BerkeleyDb::Close::operator()(DB* database) const { database->close(database, 0); }

std::unexpected<base::Error> BerkeleyDb::failure(std::string_view doing, int code) const {
    return std::unexpected(error_of(doing, path_, code));
}

base::Result<std::unique_ptr<IndexFile>> BerkeleyDb::open_to_read(const std::string& path) {
    const auto handle = make_handle(path);
    if (!handle) {
        return std::unexpected(handle.error());
    }
    std::unique_ptr<DB, Close> database(*handle);
    const int code = database->open(database.get(), nullptr, path.c_str(), nullptr, DB_UNKNOWN, DB_RDONLY, 0);
    if (code != 0) {
        return std::unexpected(error_of("open", path, code));
    }
    return std::unique_ptr<IndexFile>(new BerkeleyDb(std::move(database), path));
}

base::Result<std::unique_ptr<IndexFile>> BerkeleyDb::create(const std::string& path, DatabaseType type) {
    const auto handle = make_handle(path);
    if (!handle) {
        return std::unexpected(handle.error());
    }
    std::unique_ptr<DB, Close> database(*handle);
    const int code = database->open(database.get(), nullptr, path.c_str(), nullptr, type == DatabaseType::hash ? DB_HASH : DB_BTREE,
                                    DB_CREATE | DB_TRUNCATE, 0644);
    if (code != 0) {
        return std::unexpected(error_of("open", path, code));
    }
    return std::unique_ptr<IndexFile>(new BerkeleyDb(std::move(database), path));
}

base::Result<void> BerkeleyDb::for_each(const std::function<void(std::string_view, std::string_view)>& record) {
    DBC* raw = nullptr;
    if (const int code = database_->cursor(database_.get(), nullptr, &raw, 0); code != 0) {
        return failure("read", code);
    }
    const std::unique_ptr<DBC, CloseCursor> cursor(raw);
    for (;;) {
        DBT key{};
        DBT value{};
        const int code = cursor->get(cursor.get(), &key, &value, DB_NEXT);
        if (code == DB_NOTFOUND) {
            return {};
        }
        if (code != 0) {
            return failure("read", code);
        }
        record(text_of(key), text_of(value));
    }
}

base::Result<std::optional<std::string>> BerkeleyDb::get(const std::string& key) {
    for (const std::size_t length : {key.size() + 1, key.size()}) {
        DBT wanted = to_dbt({key.data(), length});
        DBT value{};
        const int code = database_->get(database_.get(), nullptr, &wanted, &value, 0);
        if (code == 0) {
            return std::string(text_of(value));
        }
        if (code != DB_NOTFOUND) {
            return failure("read", code);
        }
    }
    return std::optional<std::string>{};
}

base::Result<bool> BerkeleyDb::put(std::string_view key, std::string_view value, Existing existing) {
    DBT name = to_dbt(key);
    DBT text = to_dbt(value);
    const int code = database_->put(database_.get(), nullptr, &name, &text, existing == Existing::keep ? DB_NOOVERWRITE : 0);
    if (code != 0 && code != DB_KEYEXIST) {
        return failure("write", code);
    }
    return code == 0;
}

base::Result<void> BerkeleyDb::finish() {
    DB* database = database_.release();
    const int code = database->close(database, 0);  // writes what is cached and syncs
    return code == 0 ? base::Result<void>{} : failure("write", code);
}

}  // namespace posthouse::tables
