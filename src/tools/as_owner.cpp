#include "tools/as_owner.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace posthouse::tools {

AsOwner::AsOwner(const std::string& path) {
    struct stat info {};
    if (geteuid() != 0 || stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_uid == 0) {
        return;
    }
    group_ = getegid();
    dropped_ = setegid(info.st_gid) == 0 && seteuid(info.st_uid) == 0;
    failed_ = !dropped_;
}

AsOwner::~AsOwner() {
    if (dropped_ && (seteuid(0) != 0 || setegid(group_) != 0)) {
        _exit(1);  // going on with the wrong identity would do the next thing wrong
    }
}

}  // namespace posthouse::tools
