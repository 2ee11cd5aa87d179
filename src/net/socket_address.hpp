#pragma once
// base::Endpoint and paths as the socket addresses of the system, and back.
#include <sys/socket.h>
#include <sys/un.h>

#include "base/ip_address.hpp"
#include "base/result.hpp"

namespace posthouse::net {

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t length = sizeof(sockaddr_storage);

    [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
    [[nodiscard]] sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
    [[nodiscard]] int family() const { return storage.ss_family; }
};

[[nodiscard]] SocketAddress to_socket_address(const base::Endpoint& endpoint);
/// Fails if the path is longer than the system allows.
[[nodiscard]] base::Result<SocketAddress> to_socket_address(const std::string& path);
/// 0.0.0.0:0 for what is not an Internet address.
[[nodiscard]] base::Endpoint to_endpoint(const SocketAddress& address);
[[nodiscard]] base::Endpoint local_endpoint(int descriptor);

}  // namespace posthouse::net
