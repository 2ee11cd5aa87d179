#include "net/listen_source.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "net/socket_address.hpp"
#include "net/system_error.hpp"

namespace posthouse::net {

namespace {

constexpr int backlog = 1024;

void set_flag(int descriptor, int level, int option) {
    const int on = 1;
    ::setsockopt(descriptor, level, option, &on, sizeof(on));
}

}  // namespace

base::Result<int> open_listen_socket(base::Endpoint local) {
    const SocketAddress address = to_socket_address(local);
    const int descriptor = ::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        return fail_system(errno, "listen on " + local.text());
    }
    set_flag(descriptor, SOL_SOCKET, SO_REUSEADDR);
    if (address.family() == AF_INET6) {
        set_flag(descriptor, IPPROTO_IPV6, IPV6_V6ONLY);
    }
    set_flag(descriptor, IPPROTO_TCP, TCP_NODELAY);  // inherited by what is accepted
    if (::bind(descriptor, address.get(), address.length) != 0 || ::listen(descriptor, backlog) != 0) {
        const int error_number = errno;
        ::close(descriptor);
        return fail_system(error_number, "listen on " + local.text());
    }
    return descriptor;
}

}  // namespace posthouse::net
