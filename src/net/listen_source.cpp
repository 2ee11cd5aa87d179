#include "net/listen_source.hpp"

#include <fcntl.h>
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

std::optional<base::Endpoint> listening_endpoint(int descriptor) {
    int listens = 0;
    int type = 0;
    socklen_t length = sizeof(listens);
    if (::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) != 0 || listens == 0) {
        return std::nullopt;
    }
    length = sizeof(type);
    const base::Endpoint endpoint = local_endpoint(descriptor);
    if (::getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &length) != 0 || type != SOCK_STREAM || endpoint.port == 0) {
        return std::nullopt;
    }
    ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
    set_flag(descriptor, IPPROTO_TCP, TCP_NODELAY);  // inherited by what is accepted
    return endpoint;
}

}  // namespace posthouse::net
