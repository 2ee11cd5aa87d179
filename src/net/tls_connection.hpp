#pragma once
// TlsConnection: OpenSSL over a non-blocking socket, as attempts that never wait. No coroutine here: the stream waits.
#include <memory>
#include <span>
#include <string_view>

#include "base/result.hpp"
#include "world/tls.hpp"

namespace posthouse::net {

/// What one non-blocking try came to.
struct Attempt {
    enum class State { done, end_of_stream, wants_read, wants_write, failed } state = State::done;
    std::size_t count = 0;
    base::Error error;
};

class TlsConnection {
public:
    virtual ~TlsConnection() = default;
    virtual Attempt handshake() = 0;
    virtual Attempt read(std::span<char> into) = 0;
    virtual Attempt write(std::string_view bytes) = 0;
    /// Sends close_notify; does not wait for the peer's.
    virtual Attempt shutdown() = 0;
    [[nodiscard]] virtual bool readable_now() const = 0;
    /// Whether bytes of the peer are here already that no read has returned: the socket says nothing of them.
    [[nodiscard]] virtual bool holds_bytes() const = 0;
    /// After the handshake.
    [[nodiscard]] virtual world::TlsSession session() = 0;
};

/// The contexts must come from our engine.
base::Result<std::unique_ptr<TlsConnection>> make_server_connection(
    int descriptor, std::shared_ptr<const world::TlsServerContext> context);
base::Result<std::unique_ptr<TlsConnection>> make_client_connection(int descriptor, world::TlsClientRequest request);

}  // namespace posthouse::net
