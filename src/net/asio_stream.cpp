#include "net/asio_stream.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "net/socket_address.hpp"
#include "net/system_error.hpp"

namespace posthouse::net {

using world::Deadline;
using world::Task;

namespace {

Attempt failed_attempt(int error_number) { return {Attempt::State::failed, 0, system_error(error_number)}; }

Event event_of(const Attempt& attempt) {
    return attempt.state == Attempt::State::wants_write ? Event::writable : Event::readable;
}

// RFC 8446 §5.1: who has more to say fills a record. A shorter one is the end of what the peer said, as a rule.
constexpr std::size_t full_record = 16384;

bool wants(const Attempt& attempt) {
    return attempt.state == Attempt::State::wants_read || attempt.state == Attempt::State::wants_write;
}

}  // namespace

AsioStream::~AsioStream() { close(); }

void AsioStream::close() {
    if (socket_->is_open()) {
        tls_.reset();
        socket_->close();
    }
}

Attempt AsioStream::try_read(std::span<char> into) {
    if (tls_) {
        Attempt attempt = tls_->read(into);
        drained_ = attempt.state == Attempt::State::done && attempt.count < std::min(into.size(), full_record);
        return attempt;
    }
    for (;;) {
        const ssize_t count = ::recv(socket_->descriptor(), into.data(), into.size(), MSG_DONTWAIT);
        if (count > 0) {
            drained_ = static_cast<std::size_t>(count) < into.size();
            return {Attempt::State::done, static_cast<std::size_t>(count), {}};
        }
        if (count == 0) {
            return {Attempt::State::end_of_stream, 0, {}};
        }
        if (errno == EAGAIN) {
            return {Attempt::State::wants_read, 0, {}};
        }
        if (errno != EINTR) {
            return failed_attempt(errno);
        }
    }
}

Attempt AsioStream::try_write(std::string_view bytes) {
    if (tls_) {
        return tls_->write(bytes);
    }
    for (;;) {
        const ssize_t count = ::send(socket_->descriptor(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count >= 0) {
            return {Attempt::State::done, static_cast<std::size_t>(count), {}};
        }
        if (errno == EAGAIN) {
            return {Attempt::State::wants_write, 0, {}};
        }
        if (errno != EINTR) {
            return failed_attempt(errno);
        }
    }
}

Task<base::Result<std::size_t>> AsioStream::read_some(std::span<char> into, Deadline deadline) {
    if (!socket_->is_open()) {
        co_return fail_system(EPIPE);
    }
    if (socket_->should_yield()) {
        SocketState::Wait turn(*socket_, Operation::read, Event::next_turn, deadline);
        co_await turn;
        // A peer that always has something to say never makes us wait, but its time ends too.
        if (deadline.passed(std::chrono::steady_clock::now())) {
            co_return std::unexpected(timed_out());
        }
    }
    bool last_look = false;
    if (std::exchange(drained_, false) && !(tls_ && tls_->holds_bytes())) {
        // The last read took all there was, so nothing is there yet as a rule: half of all reads of a session would be in vain.
        SocketState::Wait wait(*socket_, Operation::read, Event::readable, deadline);
        last_look = co_await wait == SocketState::End::timed_out;
    }
    for (;;) {
        Attempt attempt = try_read(into);
        if (attempt.state == Attempt::State::failed) {
            co_return std::unexpected(std::move(attempt.error));
        }
        if (!wants(attempt)) {
            co_return attempt.count;
        }
        if (last_look) {
            co_return std::unexpected(timed_out());
        }
        SocketState::Wait wait(*socket_, Operation::read, event_of(attempt), deadline);
        const SocketState::End end = co_await wait;
        if (end == SocketState::End::timed_out) {
            co_return std::unexpected(timed_out());
        }
    }
}

Task<base::Result<void>> AsioStream::write_all(std::string_view bytes, Deadline deadline) {
    if (!socket_->is_open()) {
        co_return fail_system(EPIPE);
    }
    while (!bytes.empty()) {
        if (socket_->should_yield()) {
            SocketState::Wait turn(*socket_, Operation::write, Event::next_turn, deadline);
            co_await turn;
            if (deadline.passed(std::chrono::steady_clock::now())) {
                co_return std::unexpected(timed_out());
            }
        }
        Attempt attempt = try_write(bytes);
        if (attempt.state == Attempt::State::failed) {
            write_interrupted_ = true;
            co_return std::unexpected(std::move(attempt.error));
        }
        if (wants(attempt)) {
            write_interrupted_ = true;
            SocketState::Wait wait(*socket_, Operation::write, event_of(attempt), deadline);
            const SocketState::End end = co_await wait;
            if (end == SocketState::End::timed_out) {
                co_return std::unexpected(timed_out());
            }
        } else {
            write_interrupted_ = false;
            bytes.remove_prefix(attempt.count);
        }
    }
    co_return base::Result<void>{};
}

Task<base::Result<world::TlsSession>> AsioStream::handshake(std::unique_ptr<TlsConnection> tls, Deadline deadline) {
    PH_ASSERT(tls_ == nullptr);
    tls_ = std::move(tls);
    write_interrupted_ = true;  // until it is done
    for (;;) {
        Attempt attempt = tls_->handshake();
        if (attempt.state == Attempt::State::failed) {
            co_return std::unexpected(std::move(attempt.error));
        }
        if (attempt.state == Attempt::State::end_of_stream) {
            co_return base::fail(base::ErrorKind::closed, "lost connection");
        }
        if (!wants(attempt)) {
            write_interrupted_ = false;
            co_return tls_->session();
        }
        SocketState::Wait wait(*socket_, Operation::read, event_of(attempt), deadline);
        const SocketState::End end = co_await wait;
        if (end == SocketState::End::timed_out) {
            co_return std::unexpected(timed_out());
        }
    }
}

Task<base::Result<world::TlsSession>> AsioStream::start_tls_server(std::shared_ptr<const world::TlsServerContext> context,
                                                                   Deadline deadline) {
    if (!socket_->is_open()) {
        co_return fail_system(EPIPE);
    }
    auto tls = make_server_connection(socket_->descriptor(), std::move(context));
    if (!tls) {
        co_return std::unexpected(tls.error());
    }
    Task<base::Result<world::TlsSession>> shaking = handshake(std::move(*tls), deadline);
    co_return co_await std::move(shaking);
}

Task<base::Result<world::TlsSession>> AsioStream::start_tls_client(world::TlsClientRequest request, Deadline deadline) {
    if (!socket_->is_open()) {
        co_return fail_system(EPIPE);
    }
    auto tls = make_client_connection(socket_->descriptor(), std::move(request));
    if (!tls) {
        co_return std::unexpected(tls.error());
    }
    Task<base::Result<world::TlsSession>> shaking = handshake(std::move(*tls), deadline);
    co_return co_await std::move(shaking);
}

Task<void> AsioStream::shutdown(Deadline deadline) {
    if (!socket_->is_open()) {
        co_return;
    }
    while (tls_ && !write_interrupted_) {
        const Attempt attempt = tls_->shutdown();
        if (!wants(attempt)) {
            break;
        }
        SocketState::Wait wait(*socket_, Operation::write, event_of(attempt), deadline);
        const SocketState::End end = co_await wait;
        if (end == SocketState::End::timed_out) {
            break;
        }
    }
    // Closing with unread input makes the kernel reset the connection, and the peer may lose our last reply.
    ::shutdown(socket_->descriptor(), SHUT_WR);
    std::array<char, 4096> rest;
    for (int i = 0; i < 16 && ::recv(socket_->descriptor(), rest.data(), rest.size(), MSG_DONTWAIT) > 0; ++i) {
    }
    close();
}

base::Endpoint AsioStream::local() const { return socket_->is_open() ? local_endpoint(socket_->descriptor()) : base::Endpoint{}; }

std::optional<std::uint32_t> AsioStream::peer_user() const {
    ucred credentials{};
    socklen_t length = sizeof(credentials);
    if (!socket_->is_open() || ::getsockopt(socket_->descriptor(), SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0 || credentials.pid == 0) {
        return std::nullopt;
    }
    return credentials.uid;
}

bool AsioStream::readable_now() const {
    if (!socket_->is_open()) {
        return true;
    }
    if (tls_) {
        const bool readable = tls_->readable_now();
        drained_ = drained_ && !readable;  // OpenSSL may have it now, and the socket nothing more to tell
        return readable;
    }
    pollfd poll_entry{socket_->descriptor(), POLLIN | POLLRDHUP, 0};
    return ::poll(&poll_entry, 1, 0) != 0;
}

}  // namespace posthouse::net
