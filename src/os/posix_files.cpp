#include "os/posix_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "os/file_descriptor.hpp"
#include "os/os_error.hpp"

namespace posthouse::os {

using base::Result;

namespace {

class PosixFile final : public world::WritableFile {
public:
    PosixFile(FileDescriptor descriptor, std::string path) : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

    Result<void> write(std::string_view bytes) override {
        while (!bytes.empty()) {
            const ssize_t count = ::write(descriptor_.get(), bytes.data(), bytes.size());
            if (count >= 0) {
                bytes.remove_prefix(static_cast<std::size_t>(count));
            } else if (errno != EINTR) {
                return fail_os(errno, "write " + path_);
            }
        }
        return {};
    }
    Result<void> sync() override {
        if (::fsync(descriptor_.get()) != 0) {
            return fail_os(errno, "sync " + path_);
        }
        return {};
    }

private:
    FileDescriptor descriptor_;
    std::string path_;
};

Result<std::unique_ptr<world::WritableFile>> open_for_writing(const std::string& path, int flags, unsigned mode) {
    FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | flags, mode));
    if (!file.valid()) {
        return fail_os(errno, "create " + path);
    }
    return std::make_unique<PosixFile>(std::move(file), path);
}

}  // namespace

std::unique_ptr<world::Files> PosixFiles::as_user(world::FileUser user) {
    const bool is_us = user.user_id == ::geteuid() && user.group_id == ::getegid();
    return is_us ? std::make_unique<PosixFiles>() : std::make_unique<PosixFiles>(user);
}

std::string PosixFiles::canonical(const std::string& path) {
    char* resolved = ::realpath(path.c_str(), nullptr);
    std::string out = resolved != nullptr ? resolved : path;
    std::free(resolved);
    return out;
}

Result<std::optional<ActingAs>> PosixFiles::acting() const {
    if (!user_) {
        return std::nullopt;
    }
    auto as = ActingAs::begin(user_->user_id, user_->group_id);
    if (!as) {
        return std::unexpected(as.error());
    }
    return std::optional<ActingAs>(std::move(*as));
}

Result<std::string> PosixFiles::read(const std::string& path) {
    const auto as = acting();
    if (!as) {
        return std::unexpected(as.error());
    }
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.valid()) {
        return fail_os(errno, "open " + path);
    }
    struct stat status {};
    constexpr off_t guess_max = 16 * 1024 * 1024;
    if (::fstat(file.get(), &status) != 0) {
        return fail_os(errno, "read " + path);
    }
    std::string text(static_cast<std::size_t>(std::clamp(status.st_size, off_t{0}, guess_max)) + 1, '\0');
    std::size_t length = 0;
    for (;;) {
        if (length == text.size()) {
            text.resize(text.size() * 2);
        }
        const ssize_t count = ::read(file.get(), text.data() + length, text.size() - length);
        if (count > 0) {
            length += static_cast<std::size_t>(count);
        } else if (count == 0) {
            text.resize(length);
            return text;
        } else if (errno != EINTR) {
            return fail_os(errno, "read " + path);
        }
    }
}

Result<world::FileInfo> PosixFiles::info(const std::string& path) {
    const auto as = acting();
    if (!as) {
        return std::unexpected(as.error());
    }
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        return fail_os(errno, "stat " + path);
    }
    const auto modified = std::chrono::seconds(status.st_mtim.tv_sec) + std::chrono::nanoseconds(status.st_mtim.tv_nsec);
    return world::FileInfo{.size = static_cast<std::uint64_t>(status.st_size),
                           .modified = world::WallTime(std::chrono::duration_cast<world::WallTime::duration>(modified)),
                           .mode = status.st_mode & 07777U,
                           .is_directory = S_ISDIR(status.st_mode),
                           .inode = status.st_ino};
}

Result<std::vector<std::string>> PosixFiles::list(const std::string& path) {
    const auto as = acting();
    if (!as) {
        return std::unexpected(as.error());
    }
    DIR* directory = ::opendir(path.c_str());
    if (directory == nullptr) {
        return fail_os(errno, "open " + path);
    }
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(directory)) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") {
            names.emplace_back(name);
        }
        errno = 0;
    }
    const int error_number = errno;
    ::closedir(directory);
    if (error_number != 0) {
        return fail_os(error_number, "read " + path);
    }
    std::sort(names.begin(), names.end());
    return names;
}

Result<std::unique_ptr<world::WritableFile>> PosixFiles::create(const std::string& path, unsigned mode) {
    const auto as = acting();
    if (!as) {
        return std::unexpected(as.error());
    }
    return open_for_writing(path, O_CREAT | O_EXCL, mode);
}

Result<std::unique_ptr<world::WritableFile>> PosixFiles::append(const std::string& path, unsigned mode) {
    const auto as = acting();
    if (!as) {
        return std::unexpected(as.error());
    }
    return open_for_writing(path, O_CREAT | O_APPEND, mode);
}

Result<void> PosixFiles::rename(const std::string& from, const std::string& to) {
    const auto as = acting();
    if (!as) {
        return std::unexpected(as.error());
    }
    if (::rename(from.c_str(), to.c_str()) != 0) {
        return fail_os(errno, "rename " + from + " to " + to);
    }
    return {};
}

Result<void> PosixFiles::remove(const std::string& path) {
    const auto as = acting();
    if (!as) {
        return std::unexpected(as.error());
    }
    if (::unlink(path.c_str()) != 0 && (errno != EISDIR || ::rmdir(path.c_str()) != 0)) {
        return fail_os(errno, "remove " + path);
    }
    return {};
}

Result<void> PosixFiles::make_directories(const std::string& path, unsigned mode) {
    const auto as = acting();
    if (!as) {
        return std::unexpected(as.error());
    }
    for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
        const std::string part = path.substr(0, end);
        const bool made = ::mkdir(part.c_str(), mode) == 0;
        if (!made && errno != EEXIST) {
            return fail_os(errno, "create folder " + part);
        }
        if (made && end == std::string::npos && ::chmod(part.c_str(), mode) != 0) {  // whatever the umask
            return fail_os(errno, "change the mode of " + part);
        }
        if (end == std::string::npos) {
            break;
        }
    }
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
        return fail_os(ENOTDIR, "create folder " + path);
    }
    return {};
}

Result<void> PosixFiles::sync_directory(const std::string& path) {
    const auto as = acting();
    if (!as) {
        return std::unexpected(as.error());
    }
    const FileDescriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory.valid() || ::fsync(directory.get()) != 0) {
        return fail_os(errno, "sync " + path);
    }
    return {};
}

Result<std::uint64_t> PosixFiles::free_bytes(const std::string& path) {
    const auto as = acting();
    if (!as) {
        return std::unexpected(as.error());
    }
    struct statvfs status {};
    if (::statvfs(path.c_str(), &status) != 0) {
        return fail_os(errno, "statvfs " + path);
    }
    return std::uint64_t{status.f_bavail} * status.f_frsize;
}

}  // namespace posthouse::os
