#pragma once
// Facts about this machine.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ip_address.hpp"
#include "world/deadline.hpp"

namespace posthouse::os {

/// As gethostname(2) says; not necessarily fully qualified. "localhost" if the system has no name.
[[nodiscard]] std::string hostname();

/// services(5) for TCP: "smtp" is 25; nullopt if it is not listed. Blocks.
[[nodiscard]] std::optional<std::uint16_t> service_port(const std::string& name);

/// How many cores the scheduler gives this process: taskset, a service's CPUAffinity and a container's cpuset count. At least 1.
[[nodiscard]] std::size_t usable_cores();

struct InterfaceAddress {
    base::IpAddress address;
    unsigned prefix_length = 0;
    std::string interface;
};
/// Of all interfaces that are up, in the system's order, without link-local IPv6.
[[nodiscard]] std::vector<InterfaceAddress> interface_addresses();

struct ZoneOffset {
    std::chrono::minutes offset{0};  // east of UTC
    std::string name;                // "CET"
};
/// The local time zone at `time`.
[[nodiscard]] ZoneOffset zone_offset(world::WallTime time);

[[nodiscard]] int process_id();

}  // namespace posthouse::os
