#pragma once
// "10.0.0.0/8", "[2001:db8::]/32", "192.0.2.1": networks as cidr tables and mynetworks write them.
#include <expected>
#include <string>
#include <string_view>

#include "base/ip_address.hpp"

namespace posthouse::tables {

struct NetworkPattern {
    base::IpAddress network;
    unsigned prefix_length = 32;
    [[nodiscard]] bool contains(const base::IpAddress& address) const { return address.in_network(network, prefix_length); }
};

/// The error is Postfix's text, with a better pattern proposed when host bits are set. cidr_table(5).
[[nodiscard]] std::expected<NetworkPattern, std::string> parse_network_pattern(std::string_view text);

}  // namespace posthouse::tables
