#pragma once
// HandedOverStream: a connection on which somebody else goes on talking; what was read ahead is read again first.
#include <cstring>

#include "world/buffered_stream.hpp"

namespace posthouse::control {

class HandedOverStream final : public world::Stream {
public:
    explicit HandedOverStream(world::BufferedStream inner) : inner_(std::move(inner)) {}

    world::Task<base::Result<std::size_t>> read_some(std::span<char> into, world::Deadline deadline) override {
        const std::size_t ready = std::min(inner_.buffered().size(), into.size());
        if (ready > 0) {
            std::memcpy(into.data(), inner_.buffered().data(), ready);
            inner_.consume(ready);
            co_return ready;
        }
        co_return co_await inner_.stream().read_some(into, deadline);
    }
    world::Task<base::Result<void>> write_all(std::string_view bytes, world::Deadline deadline) override {
        return inner_.stream().write_all(bytes, deadline);
    }
    world::Task<base::Result<world::TlsSession>> start_tls_server(std::shared_ptr<const world::TlsServerContext> context,
                                                                  world::Deadline deadline) override {
        inner_.discard_buffered();
        return inner_.stream().start_tls_server(std::move(context), deadline);
    }
    world::Task<base::Result<world::TlsSession>> start_tls_client(world::TlsClientRequest request, world::Deadline deadline) override {
        inner_.discard_buffered();
        return inner_.stream().start_tls_client(std::move(request), deadline);
    }
    world::Task<void> shutdown(world::Deadline deadline) override { return inner_.stream().shutdown(deadline); }
    // A Unix socket has no address; who uses it is on this machine.
    [[nodiscard]] base::Endpoint local() const override { return {*base::IpAddress::parse("127.0.0.1"), 0}; }
    [[nodiscard]] base::Endpoint peer() const override { return {*base::IpAddress::parse("127.0.0.1"), 0}; }
    [[nodiscard]] bool readable_now() const override {
        return !inner_.buffered().empty() || inner_.stream().readable_now();
    }

private:
    mutable world::BufferedStream inner_;  // its accessors are not const; asking changes nothing
};

}  // namespace posthouse::control
