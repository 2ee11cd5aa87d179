#include "os/os_error.hpp"

#include <cerrno>
#include <system_error>

namespace posthouse::os {

namespace {
base::ErrorKind kind_of(int error_number) {
    using enum base::ErrorKind;
    switch (error_number) {
        case ENOENT:
        case ENOTDIR: return not_found;
        case EACCES:
        case EPERM:
        case EROFS: return permission;
        case ENOSPC:
        case EDQUOT: return no_space;
        case EMFILE:
        case ENFILE:
        case ENOMEM:
        case EFBIG: return limit;
        case EAGAIN: return unavailable;
        case ETIMEDOUT: return timeout;
        default: return io;
    }
}
}  // namespace

std::unexpected<base::Error> fail_os(int error_number, std::string_view doing) {
    return base::fail({kind_of(error_number), std::generic_category().message(error_number)}, doing);
}

}  // namespace posthouse::os
