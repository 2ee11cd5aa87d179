#include "net/socket_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstddef>
#include <cstring>

namespace posthouse::net {

SocketAddress to_socket_address(const base::Endpoint& endpoint) {
    SocketAddress out;
    if (endpoint.address.is_v4()) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(endpoint.port);
        std::memcpy(&address.sin_addr, endpoint.address.bytes().data(), 4);
        std::memcpy(&out.storage, &address, sizeof(address));
        out.length = sizeof(address);
    } else {
        sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        address.sin6_port = htons(endpoint.port);
        std::memcpy(&address.sin6_addr, endpoint.address.bytes().data(), 16);
        std::memcpy(&out.storage, &address, sizeof(address));
        out.length = sizeof(address);
    }
    return out;
}

base::Result<SocketAddress> to_socket_address(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path)) {
        return base::fail(base::ErrorKind::invalid, "path of the socket is too long: " + path);
    }
    std::memcpy(address.sun_path, path.data(), path.size());
    SocketAddress out;
    std::memcpy(&out.storage, &address, sizeof(address));
    out.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
    return out;
}

base::Endpoint to_endpoint(const SocketAddress& address) {
    if (address.family() == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &address.storage, sizeof(v4));
        std::array<std::uint8_t, 4> bytes{};
        std::memcpy(bytes.data(), &v4.sin_addr, 4);
        return {base::IpAddress::from_v4(bytes), ntohs(v4.sin_port)};
    }
    if (address.family() == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &address.storage, sizeof(v6));
        std::array<std::uint8_t, 16> bytes{};
        std::memcpy(bytes.data(), &v6.sin6_addr, 16);
        return {base::IpAddress::from_v6(bytes), ntohs(v6.sin6_port)};
    }
    return {};
}

base::Endpoint local_endpoint(int descriptor) {
    SocketAddress address;
    if (getsockname(descriptor, address.get(), &address.length) != 0) {
        return {};
    }
    return to_endpoint(address);
}

}  // namespace posthouse::net
