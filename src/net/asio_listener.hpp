#pragma once
// Listening sockets and each core's share of them.
#include <sys/stat.h>
#include <unistd.h>

#include "net/listen_source.hpp"
#include "net/socket_address.hpp"
#include "net/socket_state.hpp"
#include "world/network.hpp"

namespace posthouse::net {

/// Owns the socket; a Unix socket's file goes with it, unless another has taken its place.
class OpenListenSocket final : public world::ListenSocket {
public:
    OpenListenSocket(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
    ~OpenListenSocket() override;
    OpenListenSocket(const OpenListenSocket&) = delete;
    OpenListenSocket& operator=(const OpenListenSocket&) = delete;

    [[nodiscard]] base::Endpoint local() const override { return local_endpoint(descriptor_); }
    [[nodiscard]] int descriptor() const { return descriptor_; }
    void remove_at_end(const std::string& path);
    void tell_at_end(ListenSource& source, base::Endpoint local) { source_ = &source, bound_ = local; }

private:
    int descriptor_;
    std::string path_;
    ino_t inode_ = 0;
    ListenSource* source_ = nullptr;
    base::Endpoint bound_;
};

class AsioListener final : public world::Listener {
public:
    AsioListener(std::shared_ptr<SocketState> socket, boost::asio::io_context& loop,
                 std::shared_ptr<world::ListenSocket> origin)
        : socket_(std::move(socket)), loop_(loop), origin_(std::move(origin)) {}
    ~AsioListener() override { socket_->close(); }
    AsioListener(const AsioListener&) = delete;
    AsioListener& operator=(const AsioListener&) = delete;

    world::Task<base::Result<std::unique_ptr<world::Stream>>> accept() override;
    [[nodiscard]] base::Endpoint local() const override { return origin_->local(); }

private:
    std::shared_ptr<SocketState> socket_;
    boost::asio::io_context& loop_;
    std::shared_ptr<world::ListenSocket> origin_;
    bool accepted_ = false;
};

}  // namespace posthouse::net
