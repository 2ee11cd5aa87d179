#pragma once
// AsioNetwork: connections out, listeners in, on one core's event loop.
#include <boost/asio/io_context.hpp>

#include "world/network.hpp"

namespace posthouse::net {

class AsioNetwork final : public world::Network {
public:
    explicit AsioNetwork(boost::asio::io_context& loop) : loop_(loop) {}

    world::Task<base::Result<std::unique_ptr<world::Stream>>> connect(base::Endpoint peer,
                                                                      std::optional<base::IpAddress> bind_address,
                                                                      world::Deadline deadline) override;
    world::Task<base::Result<std::unique_ptr<world::Stream>>> connect_unix(std::string path,
                                                                           world::Deadline deadline) override;
    base::Result<std::shared_ptr<world::ListenSocket>> listen(base::Endpoint local) override;
    /// Takes the place of a socket file that nobody listens on any more.
    base::Result<std::shared_ptr<world::ListenSocket>> listen_unix(std::string path, unsigned mode) override;
    base::Result<std::unique_ptr<world::Listener>> share(const std::shared_ptr<world::ListenSocket>& socket) override;

private:
    boost::asio::io_context& loop_;
};

}  // namespace posthouse::net
