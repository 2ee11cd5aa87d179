#include "os/replacement.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "os/os_error.hpp"
#include "os/posix_files.hpp"

namespace posthouse::os {

using base::Result;

namespace {

/// Whether the path still names the open file: whoever had the lock before has renamed or removed it.
bool is_at(const std::string& path, const FileDescriptor& file) {
    struct stat open {}, there {};
    return ::fstat(file.get(), &open) == 0 && ::lstat(path.c_str(), &there) == 0 && open.st_dev == there.st_dev && open.st_ino == there.st_ino;
}

/// A file that somebody else has put there, or that has another name, too, is not for us to empty.
bool is_ours(const FileDescriptor& file) {
    struct stat status {};
    return ::fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode) && status.st_nlink == 1 && status.st_uid == ::geteuid();
}

bool lock(const FileDescriptor& file) {
    int code = 0;
    do {
        code = ::flock(file.get(), LOCK_EX);
    } while (code != 0 && errno == EINTR);
    return code == 0;
}

}  // namespace

Replacement::Replacement(Replacement&& other) noexcept
    : path_(std::move(other.path_)), temporary_(std::exchange(other.temporary_, {})), file_(std::move(other.file_)) {}

Replacement::~Replacement() {
    if (!temporary_.empty()) {
        ::unlink(temporary_.c_str());  // still under the lock
    }
}

Result<Replacement> Replacement::begin(const std::string& path) {
    std::error_code missing;
    const std::filesystem::path real = std::filesystem::canonical(path, missing);
    std::string target = missing ? path : real.string();
    std::string temporary = target + ".tmp";
    for (;;) {
        FileDescriptor file(::open(temporary.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
        if (!file.valid()) {
            return fail_os(errno, "open " + temporary);
        }
        if (!lock(file)) {
            return fail_os(errno, "lock " + temporary);
        }
        if (!is_at(temporary, file)) {
            continue;
        }
        if (!is_ours(file)) {
            return base::fail(base::ErrorKind::permission, temporary + " is there already, and no plain file of the user who runs this: remove it");
        }
        // One that a killed run has left may hold anything.
        if (::fchmod(file.get(), 0600) != 0 || ::ftruncate(file.get(), 0) != 0) {
            return fail_os(errno, "empty " + temporary);
        }
        return Replacement(std::move(target), std::move(temporary), std::move(file));
    }
}

Result<void> Replacement::write(std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::write(file_.get(), text.data(), text.size());
        if (count < 0 && errno != EINTR) {
            return fail_os(errno, "write " + temporary_);
        }
        text.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
    }
    return {};
}

Result<void> Replacement::take_place(unsigned mode) {
    struct stat old {};
    if (::stat(path_.c_str(), &old) == 0) {
        mode = old.st_mode & 07777U;
        if (::geteuid() == 0 && ::fchown(file_.get(), old.st_uid, old.st_gid) != 0) {
            return fail_os(errno, "set the owner of " + temporary_);
        }
    }
    if (::fchmod(file_.get(), mode) != 0) {
        return fail_os(errno, "set the mode of " + temporary_);
    }
    if (::fsync(file_.get()) != 0) {
        return fail_os(errno, "write " + temporary_);
    }
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
        return fail_os(errno, "rename " + temporary_ + " to " + path_);
    }
    temporary_.clear();
    const std::string folder = std::filesystem::path(path_).parent_path().string();
    return PosixFiles().sync_directory(folder.empty() ? "." : folder);
}

}  // namespace posthouse::os
