#include "tables/network_pattern.hpp"

#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::tables {

namespace {

base::IpAddress masked(const base::IpAddress& address, unsigned prefix_length) {
    auto bytes = address.bytes();
    for (unsigned i = 0; i < address.size(); ++i) {
        const unsigned kept = prefix_length > i * 8 ? std::min(8U, prefix_length - i * 8) : 0;
        bytes[i] = static_cast<std::uint8_t>(bytes[i] & (0xff00U >> kept));
    }
    return address.is_v4() ? base::IpAddress::from_v4({bytes[0], bytes[1], bytes[2], bytes[3]}) : base::IpAddress::from_v6(bytes);
}

}  // namespace

std::expected<NetworkPattern, std::string> parse_network_pattern(std::string_view text) {
    std::string_view address_text = text;
    std::optional<std::string_view> prefix_text;
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos || (close + 1 < text.size() && text[close + 1] != '/')) {
            return std::unexpected(base::format("bad address pattern: \"{}\"", text));
        }
        address_text = text.substr(1, close - 1);
        if (close + 1 < text.size()) {
            prefix_text = text.substr(close + 2);
        }
    } else if (const auto slash = base::split_once(text, '/')) {
        address_text = slash->first;
        prefix_text = slash->second;
    }
    const auto address = base::IpAddress::parse(address_text);
    if (!address) {
        return std::unexpected(base::format("bad {} pattern: \"{}\"", prefix_text ? "net/mask" : "address", text));
    }
    // An IPv4-mapped IPv6 network is the IPv4 network: 96 bits of its prefix are the mapping.
    const unsigned mapped_bits = address->is_v4() && address_text.find(':') != std::string_view::npos ? 96 : 0;
    const auto bits = static_cast<unsigned>(address->size() * 8);
    if (!prefix_text) {
        return NetworkPattern{*address, bits};
    }
    const auto prefix = base::parse_number(*prefix_text);
    if (!prefix || *prefix > bits + mapped_bits || *prefix < mapped_bits) {
        return std::unexpected(base::format("bad net/mask pattern: \"{}\"", text));
    }
    const NetworkPattern pattern{*address, static_cast<unsigned>(*prefix) - mapped_bits};
    if (const auto network = masked(*address, pattern.prefix_length); network != *address) {
        return std::unexpected(base::format("non-null host address bits in \"{}\", perhaps you should use \"{}/{}\" instead", text,
                                            network.text(), pattern.prefix_length));
    }
    return pattern;
}

}  // namespace posthouse::tables
