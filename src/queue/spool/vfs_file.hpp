#pragma once
// VfsFile: a file beside the database that SQLite knows nothing of, through the same VFS: what tests and the simulation do to the
// database's disk they do to it, too. Blocking; used by one thread at a time.
#include <sqlite3.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "queue/spool/sqlite.hpp"

namespace posthouse::queue {

class VfsFile {
public:
    /// `path` is the database's with a "-" and a word behind it: SQLite gives it the database's owner and mode then, and its
    /// first sync makes its name durable. `vfs_name` empty: the default one. With read_write it is made if it is not there.
    static base::Result<VfsFile> open(const std::string& path, OpenMode mode, const std::string& vfs_name);
    VfsFile(VfsFile&& other) noexcept = default;
    VfsFile& operator=(VfsFile&& other) noexcept = default;

    /// Exactly `size` bytes; ErrorKind::invalid if the file ends before.
    base::Result<std::string> read(std::uint64_t offset, std::size_t size);
    /// ErrorKind::no_space: the disk is full.
    base::Result<void> write(std::uint64_t offset, std::string_view bytes);
    base::Result<void> sync();
    base::Result<void> truncate(std::uint64_t size);

private:
    struct Open {
        std::string path;
        std::unique_ptr<std::byte[]> storage;
        [[nodiscard]] sqlite3_file* file() const { return reinterpret_cast<sqlite3_file*>(storage.get()); }
        ~Open();
    };
    explicit VfsFile(std::unique_ptr<Open> open) : open_(std::move(open)) {}
    [[nodiscard]] std::unexpected<base::Error> failed(const char* what, int code) const;
    std::unique_ptr<Open> open_;
};

}  // namespace posthouse::queue
