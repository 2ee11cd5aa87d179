#include "bench/load/connection.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

namespace load {

namespace {

sockaddr_in endpoint(std::uint32_t address, int port) {
    sockaddr_in out{};
    out.sin_family = AF_INET;
    out.sin_addr.s_addr = htonl(address);
    out.sin_port = htons(static_cast<std::uint16_t>(port));
    return out;
}

}  // namespace

Connection::~Connection() {
    if (ssl_ != nullptr) {
        SSL_free(ssl_);
    }
    ::close(descriptor_);
}

void Connection::start_tls(SSL_CTX* context, Role role, SSL_SESSION* session) {
    ssl_ = SSL_new(context);
    SSL_set_fd(ssl_, descriptor_);
    if (role == Role::client) {
        SSL_set_connect_state(ssl_);
        if (session != nullptr) {
            SSL_set_session(ssl_, session);
        }
    } else {
        SSL_set_accept_state(ssl_);
    }
}

bool Connection::again(int outcome) const {
    const int error = SSL_get_error(ssl_, outcome);
    ERR_clear_error();
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

bool Connection::read() {
    static char buffer[65536];
    for (;;) {
        if (ssl_ != nullptr) {
            const int got = SSL_read(ssl_, buffer, sizeof buffer);
            if (got <= 0) {
                return again(got);
            }
            input.append(buffer, static_cast<std::size_t>(got));
            continue;
        }
        const ssize_t got = ::recv(descriptor_, buffer, sizeof buffer, 0);
        if (got <= 0) {
            return got < 0 && errno == EAGAIN;
        }
        input.append(buffer, static_cast<std::size_t>(got));
        if (static_cast<std::size_t>(got) < sizeof buffer) {
            return true;
        }
    }
}

bool Connection::write() {
    while (!output.empty()) {
        ssize_t done = 0;
        if (ssl_ != nullptr) {
            const int wrote = SSL_write(ssl_, output.data(), static_cast<int>(output.size()));
            if (wrote <= 0) {
                return again(wrote);
            }
            done = wrote;
        } else {
            done = ::send(descriptor_, output.data(), output.size(), MSG_NOSIGNAL);
            if (done < 0) {
                return errno == EAGAIN;
            }
        }
        output.erase(0, static_cast<std::size_t>(done));
    }
    return true;
}

int connect_to(int port) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const sockaddr_in to = endpoint(INADDR_LOOPBACK, port);
    if (descriptor >= 0 && ::connect(descriptor, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 && errno != EINPROGRESS) {
        ::close(descriptor);
        return -1;
    }
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return descriptor;
}

int listen_on(std::uint32_t address, int port) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const sockaddr_in at = endpoint(address, port);
    if (descriptor < 0 || ::bind(descriptor, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 || ::listen(descriptor, 1024) != 0) {
        return -1;
    }
    return descriptor;
}

std::uint64_t now_ns() {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count());
}

}  // namespace load
