#pragma once
// AsioNetwork: connections out, listeners in, on one core's event loop.
#include <boost/asio/io_context.hpp>

#include "net/listen_source.hpp"
#include "world/network.hpp"

namespace posthouse::net {

class AsioNetwork final : public world::Network {
public:
    /// `source`: null: sockets to listen on are made here.
    explicit AsioNetwork(boost::asio::io_context& loop, ListenSource* source = nullptr) : loop_(loop), source_(source) {}

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
    ListenSource* source_;
};

}  // namespace posthouse::net
