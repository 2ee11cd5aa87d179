#include "net/asio_listener.hpp"

#include "net/asio_stream.hpp"
#include "net/system_error.hpp"

namespace posthouse::net {

namespace {

// What only this one connection, or this one moment, is to blame for.
bool is_transient(int error_number) {
    switch (error_number) {
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM: return true;
        default: return false;
    }
}
bool is_of_the_peer(int error_number) {
    switch (error_number) {
        case EINTR:
        case ECONNABORTED:
        case EPROTO:
        case ENETDOWN:
        case ENOPROTOOPT:
        case EHOSTDOWN:
        case EHOSTUNREACH:
        case EOPNOTSUPP:
        case ENETUNREACH:
        case EPERM: return true;
        default: return false;
    }
}

}  // namespace

OpenListenSocket::~OpenListenSocket() {
    ::close(descriptor_);
    struct stat found {};
    if (!path_.empty() && ::lstat(path_.c_str(), &found) == 0 && found.st_ino == inode_) {
        ::unlink(path_.c_str());
    }
    if (source_ != nullptr) {
        source_->closed(bound_);
    }
}

void OpenListenSocket::remove_at_end(const std::string& path) {
    struct stat found {};
    if (::lstat(path.c_str(), &found) == 0) {
        path_ = path;
        inode_ = found.st_ino;
    }
}

world::Task<base::Result<std::unique_ptr<world::Stream>>> AsioListener::accept() {
    if (std::exchange(accepted_, false)) {
        // One connection per turn of the loop: the other cores get their share of a burst.
        SocketState::Wait turn(*socket_, Operation::read, Event::next_turn, world::Deadline::never());
        co_await turn;
    }
    for (;;) {
        SocketAddress address;
        const int descriptor =
            ::accept4(socket_->descriptor(), address.get(), &address.length, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor >= 0) {
            accepted_ = true;
            auto socket = std::make_shared<SocketState>(loop_, descriptor);
            co_return std::make_unique<AsioStream>(std::move(socket), to_endpoint(address));
        }
        const int error_number = errno;
        if (error_number == EAGAIN) {
            SocketState::Wait wait(*socket_, Operation::read, Event::readable, world::Deadline::never());
            co_await wait;
        } else if (is_transient(error_number)) {
            const auto later = world::Deadline::at(std::chrono::steady_clock::now() + std::chrono::seconds(1));
            SocketState::Wait pause(*socket_, Operation::read, Event::none, later);
            co_await pause;
        } else if (!is_of_the_peer(error_number)) {
            co_return fail_system(error_number, "accept");
        }
    }
}

}  // namespace posthouse::net
