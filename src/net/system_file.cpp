#include "net/system_file.hpp"

namespace posthouse::net {

bool SystemFile::has_changed() {
    const world::SteadyTime now = std::chrono::steady_clock::now();
    if (looked_ && now - *looked_ < look_again_) {
        return false;
    }
    const bool is_first = !std::exchange(looked_, now);
    const Stamp before = std::exchange(stamp_, look());
    return is_first || before.device != stamp_.device || before.inode != stamp_.inode || before.size != stamp_.size || before.written.tv_sec != stamp_.written.tv_sec ||
           before.written.tv_nsec != stamp_.written.tv_nsec;
}

SystemFile::Stamp SystemFile::look() const {
    struct stat found {};
    if (::stat(path_.c_str(), &found) != 0) {
        return {};
    }
    return {found.st_dev, found.st_ino, found.st_size, found.st_mtim};
}

}  // namespace posthouse::net
