#pragma once
// Files, in the few ways that the stations need them. Calls block: small files at load time may be read directly, all else
// goes through off_core().
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "world/deadline.hpp"

namespace posthouse::world {

struct FileInfo {
    std::uint64_t size = 0;
    WallTime modified;
    unsigned mode = 0;  // permission bits
    bool is_directory = false;
    std::uint64_t inode = 0;
};

class WritableFile {
public:
    virtual ~WritableFile() = default;
    virtual base::Result<void> write(std::string_view bytes) = 0;
    /// Data and metadata are on stable storage when this returns.
    virtual base::Result<void> sync() = 0;
};

/// Whose rights a file is reached with, and who owns what is created.
struct FileUser {
    std::uint32_t user_id = 0;
    std::uint32_t group_id = 0;
};

class Files {
public:
    virtual ~Files() = default;
    /// Whether as_user() can do anything: not in a process that root did not start, whose files are all its own.
    /// Where symbolic links lead; the path itself if there are none, or nothing.
    [[nodiscard]] virtual std::string canonical(const std::string& path) { return path; }
    [[nodiscard]] virtual bool acts_for_others() const { return false; }
    /// The same files, reached as that user and as no other; calls fail where it has no right. Only if acts_for_others().
    /// For threads of the pool. As root every call fails.
    [[nodiscard]] virtual std::unique_ptr<Files> as_user(FileUser) { return nullptr; }
    virtual base::Result<std::string> read(const std::string& path) = 0;
    virtual base::Result<FileInfo> info(const std::string& path) = 0;
    /// Names in a folder, sorted, without "." and "..".
    virtual base::Result<std::vector<std::string>> list(const std::string& path) = 0;
    /// Fails if the file exists.
    virtual base::Result<std::unique_ptr<WritableFile>> create(const std::string& path, unsigned mode) = 0;
    virtual base::Result<std::unique_ptr<WritableFile>> append(const std::string& path, unsigned mode) = 0;
    virtual base::Result<void> rename(const std::string& from, const std::string& to) = 0;
    virtual base::Result<void> remove(const std::string& path) = 0;
    /// Makes the folder and its parents; one that exists is fine.
    virtual base::Result<void> make_directories(const std::string& path, unsigned mode) = 0;
    virtual base::Result<void> sync_directory(const std::string& path) = 0;
    /// Free bytes for an unprivileged writer on the file system that holds `path`.
    virtual base::Result<std::uint64_t> free_bytes(const std::string& path) = 0;
};

}  // namespace posthouse::world
