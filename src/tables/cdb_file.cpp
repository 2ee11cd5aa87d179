#include "tables/cdb_file.hpp"

#include <cdb.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <limits>
#include <system_error>

#include "tables/database_error.hpp"

namespace posthouse::tables {

namespace {

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

std::unexpected<base::Error> failure(std::string_view doing, const std::string& path, int code) {
    const std::string reason = code == EPROTO ? "not a CDB file, or a damaged one" : std::generic_category().message(code);
    return base::fail(kind_of_error_number(code), std::string(doing) + " database " + path + ": " + reason);
}

std::unexpected<base::Error> not_for(const std::string& path) { return base::fail(base::ErrorKind::invalid, path + ": opened for the other direction"); }

// A file that the library has mapped; it is replaced by a rename, never written in place.
class CdbReader final : public IndexFile {
public:
    CdbReader(File file, cdb mapped, std::string path) : file_(std::move(file)), cdb_(mapped), path_(std::move(path)) {}
    ~CdbReader() override { cdb_free(&cdb_); }
    CdbReader(const CdbReader&) = delete;
    CdbReader& operator=(const CdbReader&) = delete;

    base::Result<void> for_each(const std::function<void(std::string_view, std::string_view)>& record) override {
        unsigned position = 0;
        cdb_seqinit(&position, &cdb_);
        int found = 0;
        while ((found = cdb_seqnext(&position, &cdb_)) > 0) {
            const void* key = cdb_getkey(&cdb_);
            const void* value = cdb_getdata(&cdb_);
            if (key == nullptr || value == nullptr) {
                return failure("read", path_, EPROTO);
            }
            record(stored_text(key, cdb_keylen(&cdb_)), stored_text(value, cdb_datalen(&cdb_)));
        }
        return found == 0 ? base::Result<void>{} : failure("read", path_, errno);
    }
    base::Result<std::optional<std::string>> get(const std::string& key) override {
        for (const std::size_t length : {key.size() + 1, key.size()}) {
            const int found = cdb_find(&cdb_, key.data(), static_cast<unsigned>(length));
            if (found < 0) {
                return failure("read", path_, errno);
            }
            if (found > 0) {
                const void* value = cdb_getdata(&cdb_);
                if (value == nullptr) {
                    return failure("read", path_, EPROTO);
                }
                return std::string(stored_text(value, cdb_datalen(&cdb_)));
            }
        }
        return std::optional<std::string>{};
    }
    base::Result<bool> put(std::string_view, std::string_view, Existing) override { return not_for(path_); }
    base::Result<void> finish() override { return not_for(path_); }

private:
    File file_;
    cdb cdb_;
    std::string path_;
};

class CdbWriter final : public IndexFile {
public:
    CdbWriter(File file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}
    // What was not finished is thrown away, but the library's memory goes with the finish.
    ~CdbWriter() override {
        if (started_) {
            cdb_make_finish(&make_);
        }
    }
    CdbWriter(const CdbWriter&) = delete;
    CdbWriter& operator=(const CdbWriter&) = delete;

    base::Result<void> start() {
        started_ = cdb_make_start(&make_, fileno(file_.get())) == 0;
        return started_ ? base::Result<void>{} : failure("create", path_, errno);
    }
    base::Result<bool> put(std::string_view key, std::string_view value, Existing existing) override {
        constexpr std::size_t most = std::numeric_limits<unsigned>::max();
        if (key.size() > most || value.size() > most) {
            return failure("write", path_, EFBIG);
        }
        const int done = cdb_make_put(&make_, key.data(), static_cast<unsigned>(key.size()), value.data(), static_cast<unsigned>(value.size()),
                                      existing == Existing::keep ? CDB_PUT_INSERT : CDB_PUT_REPLACE);
        if (done < 0) {
            return failure("write", path_, errno);
        }
        return existing == Existing::replace || done == 0;
    }
    base::Result<void> finish() override {
        started_ = false;
        if (cdb_make_finish(&make_) != 0 || fsync(fileno(file_.get())) != 0) {
            return failure("write", path_, errno);
        }
        return {};
    }
    base::Result<void> for_each(const std::function<void(std::string_view, std::string_view)>&) override { return not_for(path_); }
    base::Result<std::optional<std::string>> get(const std::string&) override { return not_for(path_); }

private:
    File file_;
    cdb_make make_{};
    bool started_ = false;
    std::string path_;
};

}  // namespace

base::Result<std::unique_ptr<IndexFile>> open_cdb(const std::string& path) {
    File file(std::fopen(path.c_str(), "re"));
    if (!file) {
        return failure("open", path, errno);
    }
    cdb mapped{};
    if (cdb_init(&mapped, fileno(file.get())) != 0) {
        return failure("open", path, errno);
    }
    return std::make_unique<CdbReader>(std::move(file), mapped, path);
}

base::Result<std::unique_ptr<IndexFile>> create_cdb(const std::string& path) {
    File file(std::fopen(path.c_str(), "w+e"));
    if (!file) {
        return failure("create", path, errno);
    }
    auto writer = std::make_unique<CdbWriter>(std::move(file), path);
    if (const auto started = writer->start(); !started) {
        return std::unexpected(started.error());
    }
    return writer;
}

}  // namespace posthouse::tables
