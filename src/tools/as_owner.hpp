#pragma once
// AsOwner: root does what it does for a user's file as that user, so that it neither reads nor writes where that user says.
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/result.hpp"

namespace posthouse::tools {

class AsOwner {
public:
    /// Takes the effective identity of the owner of `path`, without root's further groups, until the end of the scope. Does nothing if this process
    /// is not root, the file is root's or `path` is empty.
    explicit AsOwner(const std::string& path);
    AsOwner(const AsOwner&) = delete;
    AsOwner& operator=(const AsOwner&) = delete;
    ~AsOwner();
    /// An error: the identity could not be taken, this is still root.
    [[nodiscard]] const base::Result<void>& taken() const { return taken_; }

private:
    base::Result<void> taken_;
    bool dropped_ = false;
    gid_t group_ = 0;
    std::vector<gid_t> groups_;
};

}  // namespace posthouse::tools
