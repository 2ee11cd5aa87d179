#pragma once
// ServerAddress: where a table's server listens, and the way to it.
#include <optional>
#include <string>
#include <string_view>

#include "tables/surroundings.hpp"

namespace posthouse::tables {

struct ServerAddress {
    std::string path;  // of a Unix socket; empty: host and port count
    std::string host;  // a name or an address, without brackets
    std::uint16_t port = 0;
    [[nodiscard]] std::string text() const { return path.empty() ? host + ':' + std::to_string(port) : path; }
};

/// "host:port", "[::1]:port"; the port is a number or the name of a service.
[[nodiscard]] base::Result<ServerAddress> parse_host_port(std::string_view text, const Surroundings& outside);
/// "inet:host:port", "unix:/path"; a relative path begins in the queue directory.
[[nodiscard]] base::Result<ServerAddress> parse_server_address(std::string_view text, const Surroundings& outside);
/// A number from 1 to 65535, or a service's name.
[[nodiscard]] std::optional<std::uint16_t> port_of(std::string_view text, const Surroundings& outside);

/// Tries the addresses of a host in turn: those of the hosts file, else IPv4 and IPv6 from DNS. The error names the server.
[[nodiscard]] world::Task<base::Result<std::unique_ptr<world::Stream>>> connect_server(world::Core& core, ServerAddress address, world::Deadline deadline);

}  // namespace posthouse::tables
