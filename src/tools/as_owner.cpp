#include "tools/as_owner.hpp"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/format.hpp"

namespace posthouse::tools {

AsOwner::AsOwner(const std::string& path) {
    struct stat info {};
    if (path.empty() || geteuid() != 0) {
        return;
    }
    if (stat(path.c_str(), &info) != 0) {
        if (errno != ENOENT) {  // of that whoever reads it tells
            taken_ = base::fail(base::ErrorKind::io, base::format("open {}: {}", path, std::strerror(errno)));
        }
        return;
    }
    if (info.st_uid == 0) {
        return;
    }
    group_ = getegid();
    const int count = getgroups(0, nullptr);
    groups_.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    dropped_ = count >= 0 && getgroups(count, groups_.data()) == count && setgroups(0, nullptr) == 0;
    if (!dropped_ || setegid(info.st_gid) != 0 || seteuid(info.st_uid) != 0) {
        taken_ = base::fail(base::ErrorKind::permission, base::format("cannot take the identity of the owner of {}: {}", path, std::strerror(errno)));
    }
}

AsOwner::~AsOwner() {
    if (dropped_ && (seteuid(0) != 0 || setegid(group_) != 0 || setgroups(groups_.size(), groups_.data()) != 0)) {
        _exit(1);  // going on with the wrong identity would do the next thing wrong
    }
}

}  // namespace posthouse::tools
