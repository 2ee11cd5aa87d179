#pragma once
// What computed defaults (myhostname, mydomain, mynetworks …) need to know about the machine. Found out by os/, not here.
#include "base/ip_address.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace posthouse::config {

struct InterfaceAddress {
    base::IpAddress address;
    unsigned prefix_length = 32;
};

struct SystemFacts {
    std::string hostname = "localhost";
    std::vector<InterfaceAddress> interfaces;  // none known: 127.0.0.1/8 and ::1/128
    int process_id = 0;
};

/// The built-in value of mynetworks for mynetworks_style host, subnet or class, limited to what inet_interfaces and
/// inet_protocols name (postconf(5)). Interfaces given by a host name other than localhost are not trusted.
[[nodiscard]] std::string default_mynetworks(std::string_view style, const std::vector<std::string>& inet_interfaces,
                                             const std::vector<std::string>& inet_protocols, const SystemFacts& facts);

}  // namespace posthouse::config
