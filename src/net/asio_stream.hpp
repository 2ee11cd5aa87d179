#pragma once
// AsioStream: a TCP or Unix connection. Tries the system call first and waits only if that would block.
#include <memory>

#include "net/socket_state.hpp"
#include "net/tls_connection.hpp"
#include "world/network.hpp"

namespace posthouse::net {

class AsioStream final : public world::Stream {
public:
    AsioStream(std::shared_ptr<SocketState> socket, base::Endpoint peer) : socket_(std::move(socket)), peer_(peer) {}
    ~AsioStream() override;
    AsioStream(const AsioStream&) = delete;
    AsioStream& operator=(const AsioStream&) = delete;

    world::Task<base::Result<std::size_t>> read_some(std::span<char> into, world::Deadline deadline) override;
    world::Task<base::Result<void>> write_all(std::string_view bytes, world::Deadline deadline) override;
    world::Task<base::Result<world::TlsSession>> start_tls_server(std::shared_ptr<const world::TlsServerContext> context,
                                                                  world::Deadline deadline) override;
    world::Task<base::Result<world::TlsSession>> start_tls_client(world::TlsClientRequest request,
                                                                  world::Deadline deadline) override;
    world::Task<void> shutdown(world::Deadline deadline) override;
    [[nodiscard]] base::Endpoint local() const override;
    [[nodiscard]] base::Endpoint peer() const override { return peer_; }
    [[nodiscard]] std::optional<std::uint32_t> peer_user() const override;
    [[nodiscard]] bool readable_now() const override;

private:
    Attempt try_read(std::span<char> into);
    Attempt try_write(std::string_view bytes);
    world::Task<base::Result<world::TlsSession>> handshake(std::unique_ptr<TlsConnection> tls, world::Deadline deadline);
    void close();

    std::shared_ptr<SocketState> socket_;
    base::Endpoint peer_;
    std::unique_ptr<TlsConnection> tls_;
    mutable bool drained_ = false;  // a read took less than it had room for; looking may find more
    bool write_interrupted_ = false;  // a TLS record may be half sent: no close_notify fits behind it
};

}  // namespace posthouse::net
