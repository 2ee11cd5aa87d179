#include "os/host.hpp"

#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cstring>
#include <ctime>
#include <thread>

namespace posthouse::os {

namespace {

std::optional<base::IpAddress> to_address(const sockaddr* address) {
    if (address != nullptr && address->sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, address, sizeof(v4));
        return base::IpAddress::from_v4(std::bit_cast<std::array<std::uint8_t, 4>>(v4.sin_addr));
    }
    if (address != nullptr && address->sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, address, sizeof(v6));
        return base::IpAddress::from_v6(std::bit_cast<std::array<std::uint8_t, 16>>(v6.sin6_addr));
    }
    return std::nullopt;
}

unsigned bits_of(const base::IpAddress& mask) {
    unsigned bits = 0;
    for (std::size_t i = 0; i < mask.size(); ++i) {
        bits += static_cast<unsigned>(std::popcount(mask.byte(i)));
    }
    return bits;
}

}  // namespace

std::string hostname() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') {
        return "localhost";
    }
    return name.data();
}

std::optional<std::uint16_t> service_port(const std::string& name) {
    servent entry{};
    servent* found = nullptr;
    std::array<char, 4096> buffer{};
    if (::getservbyname_r(name.c_str(), "tcp", &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
        return std::nullopt;
    }
    return ntohs(static_cast<std::uint16_t>(found->s_port));
}

std::size_t usable_cores() {
    cpu_set_t cores;
    if (::sched_getaffinity(0, sizeof cores, &cores) != 0) {  // a machine with more than 1024
        return std::max(1U, std::thread::hardware_concurrency());
    }
    return static_cast<std::size_t>(std::max(1, CPU_COUNT(&cores)));
}

std::vector<InterfaceAddress> interface_addresses() {
    std::vector<InterfaceAddress> out;
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) {
        return out;
    }
    for (const ifaddrs* entry = first; entry != nullptr; entry = entry->ifa_next) {
        const auto address = to_address(entry->ifa_addr);
        const auto mask = to_address(entry->ifa_netmask);
        if (!address || !mask || (entry->ifa_flags & IFF_UP) == 0) {
            continue;
        }
        const bool link_local = !address->is_v4() && address->byte(0) == 0xfe && (address->byte(1) & 0xc0) == 0x80;
        if (!link_local) {
            out.push_back({*address, bits_of(*mask), entry->ifa_name});
        }
    }
    ::freeifaddrs(first);
    return out;
}

ZoneOffset zone_offset(world::WallTime time) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    std::tm local{};
    // localtime_r alone need not notice the zone. Once: it looks at files, under a lock of all threads.
    [[maybe_unused]] static const bool zone_known = (::tzset(), true);
    if (::localtime_r(&seconds, &local) == nullptr) {
        return {};
    }
    return {std::chrono::minutes(local.tm_gmtoff / 60), local.tm_zone};
}

int process_id() { return ::getpid(); }

}  // namespace posthouse::os
