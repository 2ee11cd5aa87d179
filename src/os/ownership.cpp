#include "os/ownership.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "os/file_descriptor.hpp"
#include "os/os_error.hpp"
#include "os/posix_files.hpp"

namespace posthouse::os {

using base::Result;

namespace {

Result<void> give(const FileDescriptor& file, const std::string& path, const struct stat& status, Owner owner) {
    if ((status.st_uid != owner.user_id || status.st_gid != owner.group_id) && ::fchown(file.get(), owner.user_id, owner.group_id) != 0) {
        return fail_os(errno, "change the owner of " + path);
    }
    return {};
}

}  // namespace

Result<void> give_folder(const std::string& path, unsigned mode, Owner owner) {
    PosixFiles files;
    if (auto made = files.make_directories(path, mode); !made) {
        return made;
    }
    const FileDescriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct stat status {};
    if (!folder.valid() || ::fstat(folder.get(), &status) != 0) {
        return fail_os(errno, "open folder " + path);
    }
    if (auto given = give(folder, path, status, owner); !given) {
        return given;
    }
    if ((status.st_mode & 07777U) != mode && ::fchmod(folder.get(), mode) != 0) {
        return fail_os(errno, "change the mode of " + path);
    }
    return {};
}

Result<void> give_files(const std::string& folder, Owner owner) {
    PosixFiles files;
    const auto names = files.list(folder);
    if (!names) {
        return std::unexpected(names.error());
    }
    for (const std::string& name : *names) {
        const std::string path = folder + '/' + name;
        const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        struct stat status {};
        if (!file.valid() || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_nlink != 1) {
            continue;
        }
        if (auto given = give(file, path, status, owner); !given) {
            return given;
        }
    }
    return {};
}

}  // namespace posthouse::os
