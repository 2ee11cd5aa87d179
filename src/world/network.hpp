#pragma once
// Streams to and from peers. Everything here lives on the core whose Network made it.
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/ip_address.hpp"
#include "base/result.hpp"
#include "world/deadline.hpp"
#include "world/task.hpp"
#include "world/tls.hpp"

namespace posthouse::world {

class Stream {
public:
    virtual ~Stream() = default;
    /// At least one byte, or 0 at the orderly end of the stream. One read at a time.
    virtual Task<base::Result<std::size_t>> read_some(std::span<char> into, Deadline deadline) = 0;
    /// All of it, or an error. `bytes` must stay valid until the task ends. One write at a time.
    virtual Task<base::Result<void>> write_all(std::string_view bytes, Deadline deadline) = 0;
    /// Handshakes; the stream carries TLS from then on. What was read before stays with the reader, who drops it.
    virtual Task<base::Result<TlsSession>> start_tls_server(std::shared_ptr<const TlsServerContext> context, Deadline deadline) = 0;
    virtual Task<base::Result<TlsSession>> start_tls_client(TlsClientRequest request, Deadline deadline) = 0;
    /// Ends TLS in an orderly way if it was on, best effort, and closes. A destroyed stream closes without ceremony.
    virtual Task<void> shutdown(Deadline deadline) = 0;
    [[nodiscard]] virtual base::Endpoint local() const = 0;
    [[nodiscard]] virtual base::Endpoint peer() const = 0;
    /// The user ID of the process that connected to a Unix socket; nullopt: it was none.
    [[nodiscard]] virtual std::optional<std::uint32_t> peer_user() const { return std::nullopt; }
    /// True if something is waiting to be read or the peer has closed: a cached connection in that state is not reused.
    [[nodiscard]] virtual bool readable_now() const = 0;
};

class Listener {
public:
    virtual ~Listener() = default;
    /// The next connection. Transient failures (no descriptors left) are retried inside after a pause.
    virtual Task<base::Result<std::unique_ptr<Stream>>> accept() = 0;
    [[nodiscard]] virtual base::Endpoint local() const = 0;
};

/// A listening socket before it is shared among the cores; made once, at start or reload.
class ListenSocket {
public:
    virtual ~ListenSocket() = default;
    [[nodiscard]] virtual base::Endpoint local() const = 0;
};

class Network {
public:
    virtual ~Network() = default;
    /// ErrorKind::invalid: `bind_address` is none of this host's.
    virtual Task<base::Result<std::unique_ptr<Stream>>> connect(base::Endpoint peer, std::optional<base::IpAddress> bind_address, Deadline deadline) = 0;
    virtual Task<base::Result<std::unique_ptr<Stream>>> connect_unix(std::string path, Deadline deadline) = 0;
    /// Binds and listens; every core then calls share() with the result and accepts on its own.
    virtual base::Result<std::shared_ptr<ListenSocket>> listen(base::Endpoint local) = 0;
    virtual base::Result<std::shared_ptr<ListenSocket>> listen_unix(std::string path, unsigned mode) = 0;
    virtual base::Result<std::unique_ptr<Listener>> share(const std::shared_ptr<ListenSocket>& socket) = 0;
};

}  // namespace posthouse::world
