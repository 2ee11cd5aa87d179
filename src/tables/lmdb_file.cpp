#include "tables/lmdb_file.hpp"

#include <lmdb.h>

#include <algorithm>
#include <cerrno>

#include "tables/database_error.hpp"

namespace posthouse::tables {

namespace {

constexpr std::size_t first_map_size = 16U * 1024 * 1024;  // lmdb_map_size of Postfix
constexpr std::size_t page_overhead = 4096;                // what one record can cost beside its bytes: a split page

MDB_val to_val(std::string_view text) { return {text.size(), const_cast<char*>(text.data())}; }  // the C interface only reads it

std::string_view text_of(const MDB_val& item) { return stored_text(item.mv_data, item.mv_size); }

base::ErrorKind kind_of(int code) { return code == MDB_BAD_VALSIZE ? base::ErrorKind::limit : kind_of_error_number(code); }

struct CloseCursor {
    void operator()(MDB_cursor* cursor) const { mdb_cursor_close(cursor); }
};

}  // namespace

std::unexpected<base::Error> LmdbFile::failure(std::string_view doing, int code) const {
    return base::fail(kind_of(code), std::string(doing) + " database " + path_ + ": " + mdb_strerror(code));
}

LmdbFile::~LmdbFile() {
    if (transaction_ != nullptr) {
        mdb_txn_abort(transaction_);
    }
    if (environment_ != nullptr) {
        mdb_env_close(environment_);
    }
}

int LmdbFile::begin() {
    const int code = mdb_txn_begin(environment_, nullptr, transaction_flags_, &transaction_);
    return code != 0 ? code : mdb_dbi_open(transaction_, nullptr, 0, &database_);
}

int LmdbFile::open(unsigned flags) {
    if (const int code = mdb_env_create(&environment_); code != 0) {
        return code;
    }
    if (const int code = mdb_env_set_mapsize(environment_, first_map_size); code != 0) {
        return code;
    }
    // Postfix locks the whole file with flock() instead of keeping LMDB's lock file.
    if (const int code = mdb_env_open(environment_, path_.c_str(), flags | MDB_NOSUBDIR | MDB_NOLOCK, 0644); code != 0) {
        return code;
    }
    transaction_flags_ = flags & MDB_RDONLY;
    return begin();
}

base::Result<std::unique_ptr<IndexFile>> LmdbFile::open_to_read(const std::string& path) {
    std::unique_ptr<LmdbFile> file(new LmdbFile(path));
    if (const int code = file->open(MDB_RDONLY); code != 0) {
        return file->failure("open", code);
    }
    return file;
}

base::Result<std::unique_ptr<IndexFile>> LmdbFile::create(const std::string& path) {
    std::unique_ptr<LmdbFile> file(new LmdbFile(path));
    if (const int code = file->open(MDB_NOSYNC); code != 0) {
        return file->failure("open", code);
    }
    if (const int code = mdb_drop(file->transaction_, file->database_, 0); code != 0) {
        return file->failure("write", code);
    }
    return file;
}

base::Result<void> LmdbFile::for_each(const std::function<void(std::string_view, std::string_view)>& record) {
    MDB_cursor* raw = nullptr;
    if (const int code = mdb_cursor_open(transaction_, database_, &raw); code != 0) {
        return failure("read", code);
    }
    const std::unique_ptr<MDB_cursor, CloseCursor> cursor(raw);
    for (;;) {
        MDB_val key{};
        MDB_val value{};
        const int code = mdb_cursor_get(cursor.get(), &key, &value, MDB_NEXT);
        if (code == MDB_NOTFOUND) {
            return {};
        }
        if (code != 0) {
            return failure("read", code);
        }
        record(text_of(key), text_of(value));
    }
}

base::Result<std::optional<std::string>> LmdbFile::get(const std::string& key) {
    for (const std::size_t length : {key.size() + 1, key.size()}) {
        if (length == 0 || length > static_cast<std::size_t>(mdb_env_get_maxkeysize(environment_))) {
            continue;  // no such key can be in the file
        }
        MDB_val wanted = to_val({key.data(), length});
        MDB_val value{};
        const int code = mdb_get(transaction_, database_, &wanted, &value);
        if (code == 0) {
            return std::string(text_of(value));
        }
        if (code != MDB_NOTFOUND) {
            return failure("read", code);
        }
    }
    return std::optional<std::string>{};
}

// A full map spoils its transaction, so what is coming must fit before it is put: the transaction ends and the map doubles.
int LmdbFile::make_room(std::size_t bytes) {
    uncommitted_ += 2 * bytes + page_overhead;
    MDB_envinfo info{};
    mdb_env_info(environment_, &info);
    if (uncommitted_ < info.me_mapsize / 8) {
        return 0;
    }
    const int committed = mdb_txn_commit(std::exchange(transaction_, nullptr));
    if (committed != 0) {
        return committed;
    }
    mdb_env_info(environment_, &info);
    const std::size_t used = (info.me_last_pgno + 1) * page_overhead;
    const std::size_t wanted = std::max(2 * used, 16 * (2 * bytes + page_overhead));
    if (wanted > info.me_mapsize) {
        if (const int code = mdb_env_set_mapsize(environment_, std::max(wanted, 2 * info.me_mapsize)); code != 0) {
            return code;
        }
    }
    uncommitted_ = 2 * bytes + page_overhead;
    return begin();
}

base::Result<bool> LmdbFile::put(std::string_view key, std::string_view value, Existing existing) {
    if (const int code = make_room(key.size() + value.size()); code != 0) {
        return failure("write", code);
    }
    MDB_val name = to_val(key);
    MDB_val text = to_val(value);
    const int code = mdb_put(transaction_, database_, &name, &text, existing == Existing::keep ? MDB_NOOVERWRITE : 0);
    if (code != 0 && code != MDB_KEYEXIST) {
        return failure("write", code);
    }
    return code == 0;
}

base::Result<void> LmdbFile::finish() {
    if (const int code = mdb_txn_commit(std::exchange(transaction_, nullptr)); code != 0) {
        return failure("write", code);
    }
    const int code = mdb_env_sync(environment_, 1);
    return code == 0 ? base::Result<void>{} : failure("write", code);
}

}  // namespace posthouse::tables
