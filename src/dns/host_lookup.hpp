#pragma once
// Addresses of a host.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.hpp"
#include "world/resolver.hpp"

namespace posthouse::dns {

/// inet_protocols.
enum class InetProtocols : std::uint8_t { all, ipv4, ipv6 };
/// One word of smtp_host_lookup. `native`: the hosts file first, then DNS.
enum class HostSource : std::uint8_t { dns, native };

struct HostLookupOptions {
    InetProtocols inet_protocols = InetProtocols::all;
    std::vector<HostSource> smtp_host_lookup{HostSource::dns};
};

/// Ours: a zone may list any number of addresses for one host; more than this are not looked at.
inline constexpr std::size_t host_addresses_max = 32;

struct HostAddresses {
    enum class State : std::uint8_t { found, absent, unknown } state = State::unknown;
    std::vector<base::IpAddress> addresses;  // IPv4 before IPv6, else in the order of the answer
    std::string text;                        // why none, for log and bounce
    std::string canonical_name = {};         // that the name is an alias of; empty: not from DNS
};

/// Addresses of `host`: a name, or an address ("127.0.0.1", "[127.0.0.1]", "[IPv6:::1]", "::1"), which is its own
/// answer.
[[nodiscard]] world::Task<HostAddresses> lookup_host(world::Resolver& resolver, std::string host,
                                                     HostLookupOptions options, world::Deadline deadline);

/// The address that `host` spells out, with or without brackets and "IPv6:"; nullopt: it is a name.
[[nodiscard]] std::optional<base::IpAddress> address_literal(std::string_view host);

[[nodiscard]] bool allows(InetProtocols protocols, const base::IpAddress& address);

}  // namespace posthouse::dns
