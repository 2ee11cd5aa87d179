#pragma once
// AsOwner: root does what it does for a user's file as that user, so that it does not write where that user says.
#include <string>

#include <sys/types.h>

namespace posthouse::tools {

class AsOwner {
public:
    /// Takes the effective identity of the owner of `path` until the end of the scope. Does nothing if this process is not root, the
    /// file is root's or there is no such file.
    explicit AsOwner(const std::string& path);
    AsOwner(const AsOwner&) = delete;
    AsOwner& operator=(const AsOwner&) = delete;
    ~AsOwner();
    /// False: the identity could not be taken.
    explicit operator bool() const { return !failed_; }

private:
    bool dropped_ = false;
    bool failed_ = false;
    gid_t group_ = 0;
};

}  // namespace posthouse::tools
