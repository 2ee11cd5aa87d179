#pragma once
// inet_interfaces, inet_protocols, proxy_interfaces: which addresses are ours, and where inet services listen.
#include <string>
#include <vector>

#include "base/ip_address.hpp"
#include "config/snapshot.hpp"
#include "world/resolver.hpp"

namespace posthouse::app {

struct Interfaces {
    std::vector<base::IpAddress> own;     // user@[one of them] is local; a mail host with one of them is us
    std::vector<base::IpAddress> listen;  // for services without a host: wildcard addresses for "all"
};

[[nodiscard]] Interfaces find_interfaces(const config::View& view, const config::SystemFacts& facts, const world::Resolver& resolver);
/// Addresses of a host part of a service name ("127.0.0.1", "::1", "localhost"); empty: none is known.
[[nodiscard]] std::vector<base::IpAddress> host_addresses(const std::string& host, const config::View& view, const world::Resolver& resolver);

}  // namespace posthouse::app
