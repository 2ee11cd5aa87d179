#include "config/system_facts.hpp"

#include "base/format.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace posthouse::config {

namespace {

std::vector<InterfaceAddress> known_interfaces(const SystemFacts& facts) {
    if (!facts.interfaces.empty()) {
        return facts.interfaces;
    }
    std::array<std::uint8_t, 16> loopback{};
    loopback[15] = 1;
    return {{.address = base::IpAddress::from_v4({127, 0, 0, 1}), .prefix_length = 8},
            {.address = base::IpAddress::from_v6(loopback), .prefix_length = 128}};
}

bool is_listed(const base::IpAddress& address, const std::vector<std::string>& inet_interfaces) {
    return std::any_of(inet_interfaces.begin(), inet_interfaces.end(), [&](std::string_view item) {
        if (item.size() > 2 && item.front() == '[' && item.back() == ']') {
            item = item.substr(1, item.size() - 2);
        }
        return item == "all" || ((item == "loopback-only" || item == "localhost") && address.is_loopback()) ||
               base::IpAddress::parse(item) == address;
    });
}

bool family_wanted(const base::IpAddress& address, const std::vector<std::string>& inet_protocols) {
    return std::any_of(inet_protocols.begin(), inet_protocols.end(), [&](std::string_view item) {
        return item == "all" || item == (address.is_v4() ? "ipv4" : "ipv6");
    });
}

unsigned class_prefix(const InterfaceAddress& interface) {
    if (!interface.address.is_v4()) {
        return interface.prefix_length;
    }
    const std::uint8_t first = interface.address.byte(0);
    return first < 128 ? 8 : first < 192 ? 16 : first < 224 ? 24 : 32;
}

std::string network_text(const base::IpAddress& address, unsigned prefix_length) {
    std::array<std::uint8_t, 16> bytes = address.bytes();
    for (unsigned bit = prefix_length; bit < address.size() * 8; ++bit) {
        bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] & ~(0x80U >> (bit % 8)));
    }
    if (address.is_v4()) {
        const base::IpAddress network = base::IpAddress::from_v4({bytes[0], bytes[1], bytes[2], bytes[3]});
        return base::format("{}/{}", network.text(), prefix_length);
    }
    return base::format("[{}]/{}", base::IpAddress::from_v6(bytes).text(), prefix_length);
}

}  // namespace

std::string default_mynetworks(std::string_view style, const std::vector<std::string>& inet_interfaces,
                               const std::vector<std::string>& inet_protocols, const SystemFacts& facts) {
    std::string out;
    for (const InterfaceAddress& interface : known_interfaces(facts)) {
        if (!is_listed(interface.address, inet_interfaces) || !family_wanted(interface.address, inet_protocols)) {
            continue;
        }
        const auto address_bits = static_cast<unsigned>(interface.address.size() * 8);
        const unsigned wanted = style == "class" ? class_prefix(interface) : style == "subnet" ? interface.prefix_length : address_bits;
        const std::string network = network_text(interface.address, std::min(wanted, address_bits));
        if ((" " + out + " ").find(" " + network + " ") == std::string::npos) {
            out += (out.empty() ? "" : " ") + network;
        }
    }
    return out;
}

}  // namespace posthouse::config
