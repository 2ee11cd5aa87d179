#include "queue/spool/vfs_file.hpp"

#include "base/format.hpp"

namespace posthouse::queue {

VfsFile::Open::~Open() {
    if (storage != nullptr && file()->pMethods != nullptr) {
        file()->pMethods->xClose(file());
    }
}

std::unexpected<base::Error> VfsFile::failed(const char* what, int code) const {
    return base::fail(kind_of(code), base::format("{} {}: {} (SQLite error {})", what, open_->path.c_str(), sqlite3_errstr(code), code));
}

base::Result<VfsFile> VfsFile::open(const std::string& path, OpenMode mode, const std::string& vfs_name) {
    sqlite3_vfs* const vfs = sqlite3_vfs_find(vfs_name.empty() ? nullptr : vfs_name.c_str());
    if (vfs == nullptr) {
        return base::fail(base::ErrorKind::invalid, base::format("open {}: no VFS {}", path, vfs_name));
    }
    const auto size = static_cast<std::size_t>(vfs->szOsFile);
    // A second NUL: whoever looks for URI parameters behind the name finds none.
    auto open = std::unique_ptr<Open>(new Open{path + '\0', std::make_unique<std::byte[]>(size)});
    const int access = mode == OpenMode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    const int code = vfs->xOpen(vfs, open->path.c_str(), open->file(), SQLITE_OPEN_MAIN_JOURNAL | access, nullptr);
    VfsFile file(std::move(open));
    if (code != SQLITE_OK) {
        return file.failed("open", code);
    }
    return file;
}

base::Result<std::string> VfsFile::read(std::uint64_t offset, std::size_t size) {
    int code = SQLITE_OK;
    std::string bytes;
    bytes.resize_and_overwrite(size, [&](char* into, std::size_t count) {
        code = open_->file()->pMethods->xRead(open_->file(), into, static_cast<int>(count), static_cast<sqlite3_int64>(offset));
        return count;
    });
    if (code == SQLITE_IOERR_SHORT_READ) {
        return base::fail(base::ErrorKind::invalid, base::format("{} ends before byte {}", open_->path.c_str(), offset + size));
    }
    if (code != SQLITE_OK) {
        return failed("read", code);
    }
    return bytes;
}

base::Result<void> VfsFile::write(std::uint64_t offset, std::string_view bytes) {
    const int code = open_->file()->pMethods->xWrite(open_->file(), bytes.data(), static_cast<int>(bytes.size()), static_cast<sqlite3_int64>(offset));
    if (code != SQLITE_OK) {
        return failed("write", code);
    }
    return {};
}

base::Result<void> VfsFile::sync() {
    const int code = open_->file()->pMethods->xSync(open_->file(), SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY);
    if (code != SQLITE_OK) {
        return failed("sync", code);
    }
    return {};
}

base::Result<void> VfsFile::truncate(std::uint64_t size) {
    const int code = open_->file()->pMethods->xTruncate(open_->file(), static_cast<sqlite3_int64>(size));
    if (code != SQLITE_OK) {
        return failed("truncate", code);
    }
    return {};
}

}  // namespace posthouse::queue
