#include "net/asio_network.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/asio_listener.hpp"
#include "net/asio_stream.hpp"
#include "net/socket_address.hpp"
#include "net/system_error.hpp"

namespace posthouse::net {

using StreamResult = base::Result<std::unique_ptr<world::Stream>>;
using SocketResult = base::Result<std::shared_ptr<world::ListenSocket>>;

namespace {

constexpr int unix_backlog = 1024;

void set_flag(int descriptor, int level, int option) {
    const int on = 1;
    ::setsockopt(descriptor, level, option, &on, sizeof(on));
}

int open_socket(int family) { return ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }

world::Task<StreamResult> finish_connect(std::shared_ptr<SocketState> socket, SocketAddress address,
                                         world::Deadline deadline) {
    const base::Endpoint peer = to_endpoint(address);
    if (::connect(socket->descriptor(), address.get(), address.length) != 0) {
        const int error_number = errno;
        if (error_number != EINPROGRESS && error_number != EINTR) {
            socket->close();
            co_return fail_system(error_number);
        }
        // The stream owns the socket from here on: it closes it if the wait is cancelled.
        auto stream = std::make_unique<AsioStream>(socket, peer);
        SocketState::Wait wait(*socket, Operation::write, Event::writable, deadline);
        const SocketState::End end = co_await wait;
        if (end == SocketState::End::timed_out) {
            co_return std::unexpected(timed_out());
        }
        int outcome = 0;
        socklen_t length = sizeof(outcome);
        ::getsockopt(socket->descriptor(), SOL_SOCKET, SO_ERROR, &outcome, &length);
        if (outcome != 0) {
            co_return fail_system(outcome);
        }
        co_return StreamResult(std::move(stream));
    }
    co_return StreamResult(std::make_unique<AsioStream>(std::move(socket), peer));
}

bool somebody_listens(const SocketAddress& address) {
    const int probe = open_socket(AF_UNIX);
    if (probe < 0) {
        return false;
    }
    const bool answered = ::connect(probe, address.get(), address.length) == 0 || errno == EAGAIN;
    ::close(probe);
    return answered;
}

}  // namespace

world::Task<StreamResult> AsioNetwork::connect(base::Endpoint peer, std::optional<base::IpAddress> bind_address,
                                               world::Deadline deadline) {
    const SocketAddress address = to_socket_address(peer);
    const int descriptor = open_socket(address.family());
    if (descriptor < 0) {
        co_return fail_system(errno);
    }
    set_flag(descriptor, IPPROTO_TCP, TCP_NODELAY);
    auto socket = std::make_shared<SocketState>(loop_, descriptor);
    if (bind_address) {
        set_flag(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
        const SocketAddress from = to_socket_address(base::Endpoint{*bind_address, 0});
        if (::bind(descriptor, from.get(), from.length) != 0) {
            const int error_number = errno;
            socket->close();
            base::Error error = system_error(error_number);
            error.kind = base::ErrorKind::invalid;  // what the caller asked for, not the network
            co_return base::fail(error, "bind " + bind_address->text());
        }
    }
    world::Task<StreamResult> connecting = finish_connect(std::move(socket), address, deadline);
    co_return co_await std::move(connecting);
}

world::Task<StreamResult> AsioNetwork::connect_unix(std::string path, world::Deadline deadline) {
    const base::Result<SocketAddress> address = to_socket_address(path);
    if (!address) {
        co_return std::unexpected(address.error());
    }
    const int descriptor = open_socket(AF_UNIX);
    if (descriptor < 0) {
        co_return fail_system(errno);
    }
    auto socket = std::make_shared<SocketState>(loop_, descriptor);
    world::Task<StreamResult> connecting = finish_connect(std::move(socket), *address, deadline);
    co_return co_await std::move(connecting);
}

SocketResult AsioNetwork::listen(base::Endpoint local) {
    const base::Result<int> descriptor = source_ != nullptr ? source_->open(local) : open_listen_socket(local);
    if (!descriptor) {
        return std::unexpected(descriptor.error());
    }
    auto socket = std::make_shared<OpenListenSocket>(*descriptor, std::string());
    if (source_ != nullptr) {
        socket->tell_at_end(*source_, local);
    }
    return socket;
}

SocketResult AsioNetwork::listen_unix(std::string path, unsigned mode) {
    const base::Result<SocketAddress> address = to_socket_address(path);
    if (!address) {
        return std::unexpected(address.error());
    }
    struct stat found {};
    if (::lstat(path.c_str(), &found) == 0 && S_ISSOCK(found.st_mode)) {
        if (somebody_listens(*address)) {
            return fail_system(EADDRINUSE, "listen on " + path);
        }
        ::unlink(path.c_str());
    }
    const int descriptor = open_socket(AF_UNIX);
    if (descriptor < 0) {
        return fail_system(errno, "listen on " + path);
    }
    auto socket = std::make_shared<OpenListenSocket>(descriptor, std::string());
    // Nobody connects between bind and listen, so the mode is right before the first connection.
    if (::bind(descriptor, address->get(), address->length) != 0 || ::chmod(path.c_str(), mode) != 0 ||
        ::listen(descriptor, unix_backlog) != 0) {
        return fail_system(errno, "listen on " + path);
    }
    socket->remove_at_end(path);
    return socket;
}

base::Result<std::unique_ptr<world::Listener>> AsioNetwork::share(const std::shared_ptr<world::ListenSocket>& socket) {
    const auto* ours = dynamic_cast<const OpenListenSocket*>(socket.get());
    PH_ASSERT(ours != nullptr);
    const int descriptor = ::fcntl(ours->descriptor(), F_DUPFD_CLOEXEC, 0);
    if (descriptor < 0) {
        return fail_system(errno, "share a listening socket");
    }
    return std::make_unique<AsioListener>(std::make_shared<SocketState>(loop_, descriptor), loop_, socket);
}

}  // namespace posthouse::net
