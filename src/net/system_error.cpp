#include "net/system_error.hpp"

#include <cerrno>
#include <system_error>

namespace posthouse::net {

namespace {

base::ErrorKind kind_of(int error_number) {
    using enum base::ErrorKind;
    switch (error_number) {
        case ETIMEDOUT: return timeout;
        case ECONNREFUSED: return refused;
        case ECONNRESET:
        case EPIPE:
        case ECONNABORTED: return reset;
        case EHOSTUNREACH:
        case ENETUNREACH:
        case ENETDOWN:
        case EHOSTDOWN:
        case EADDRNOTAVAIL:
        case EAFNOSUPPORT: return unreachable;
        case EACCES:
        case EPERM: return permission;
        case ENOENT:
        case ENOTDIR: return not_found;
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM: return limit;
        case EAGAIN: return unavailable;
        default: return io;
    }
}

}  // namespace

base::Error system_error(int error_number) {
    return {kind_of(error_number), std::generic_category().message(error_number)};
}

std::unexpected<base::Error> fail_system(int error_number) { return std::unexpected(system_error(error_number)); }

std::unexpected<base::Error> fail_system(int error_number, std::string_view doing) {
    return base::fail(system_error(error_number), doing);
}

base::Error timed_out() { return system_error(ETIMEDOUT); }

}  // namespace posthouse::net
