#pragma once
// SimStream: one end of a Connection as a world::Stream.
#include "sim/connection.hpp"
#include "sim/sim_tls.hpp"
#include "world/network.hpp"

namespace posthouse::sim {

class SimStream final : public world::Stream {
public:
    SimStream(std::shared_ptr<Connection> connection, Side side) : connection_(std::move(connection)), side_(side) {}
    ~SimStream() override { connection_->close(side_); }

    world::Task<base::Result<std::size_t>> read_some(std::span<char> into, Deadline deadline) override;
    world::Task<base::Result<void>> write_all(std::string_view bytes, Deadline deadline) override;
    world::Task<base::Result<world::TlsSession>> start_tls_server(std::shared_ptr<const world::TlsServerContext> context,
                                                                  Deadline deadline) override;
    world::Task<base::Result<world::TlsSession>> start_tls_client(world::TlsClientRequest request, Deadline deadline) override;
    world::Task<void> shutdown(Deadline deadline) override;
    [[nodiscard]] base::Endpoint local() const override { return connection_->end(side_).endpoint; }
    [[nodiscard]] base::Endpoint peer() const override { return connection_->end(other(side_)).endpoint; }
    [[nodiscard]] bool readable_now() const override;

    /// Half close: the peer reads the end, this side reads on. For scripted peers.
    void finish_writing() { connection_->send_end(side_); }
    /// The other side has let go of its end, or has no power.
    [[nodiscard]] bool abandoned() const { return connection_->sent_by(side_).reader_gone || !connection_->powered(other(side_)); }
    /// Bytes that this side wrote, and those of them that the other side has read. For scripted peers.
    [[nodiscard]] std::size_t written() const { return connection_->sent_by(side_).written; }
    [[nodiscard]] std::size_t heard() const { return connection_->sent_by(side_).read; }
    /// Breaks the connection at once. For scripted peers.
    void reset() { connection_->reset(); }

private:
    /// Exactly one handshake message of the fake TLS; anything else fails.
    world::Task<base::Result<std::string>> read_record(Deadline deadline);
    world::Task<base::Result<std::string>> read_exactly(std::size_t count, Deadline deadline);
    world::Task<base::Result<void>> write_record(std::string payload, Deadline deadline);

    std::shared_ptr<Connection> connection_;
    Side side_;
    bool closed_ = false;
    bool encrypted_ = false;
};

}  // namespace posthouse::sim
