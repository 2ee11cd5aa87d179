#pragma once
// SystemFile: a file that the system's own tools write (resolv.conf, hosts) and that may change at any time.
#include <sys/stat.h>

#include <optional>
#include <string>

#include "world/deadline.hpp"

namespace posthouse::net {

/// Not for several threads at once.
class SystemFile {
public:
    /// Looks at the file at most once in `look_again`.
    SystemFile(std::string path, world::Duration look_again) : path_(std::move(path)), look_again_(look_again) {}

    /// Whether it is another one, or was written, since the last call that said so. The first call says so. Call it before reading.
    [[nodiscard]] bool has_changed();
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    struct Stamp {
        dev_t device = 0;
        ino_t inode = 0;
        off_t size = -1;  // no file
        timespec written{};
    };
    [[nodiscard]] Stamp look() const;

    std::string path_;
    world::Duration look_again_;
    std::optional<world::SteadyTime> looked_;
    Stamp stamp_;
};

}  // namespace posthouse::net
