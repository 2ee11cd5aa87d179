#include "base/ip_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace posthouse::base {

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    std::array<char, 64> buffer{};
    if (text.size() >= buffer.size() || text.empty()) {
        return std::nullopt;
    }
    std::copy(text.begin(), text.end(), buffer.begin());
    std::array<std::uint8_t, 4> v4{};
    if (inet_pton(AF_INET, buffer.data(), v4.data()) == 1) {
        return from_v4(v4);
    }
    std::array<std::uint8_t, 16> v6{};
    if (inet_pton(AF_INET6, buffer.data(), v6.data()) == 1) {
        return from_v6(v6);
    }
    return std::nullopt;
}

IpAddress IpAddress::from_v4(const std::array<std::uint8_t, 4>& bytes) {
    IpAddress out;
    std::copy(bytes.begin(), bytes.end(), out.bytes_.begin());
    return out;
}

IpAddress IpAddress::from_v6(const std::array<std::uint8_t, 16>& bytes) {
    static constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (std::equal(mapped.begin(), mapped.end(), bytes.begin())) {
        return from_v4({bytes[12], bytes[13], bytes[14], bytes[15]});
    }
    IpAddress out;
    out.family_ = Family::v6;
    out.bytes_ = bytes;
    return out;
}

IpAddress IpAddress::unknown() {
    IpAddress out;
    out.family_ = Family::unknown;
    return out;
}

std::string IpAddress::text() const {
    if (!is_known()) {
        return "unknown";
    }
    if (is_v4()) {  // written out several times for each message: inet_ntop() would print it with sprintf()
        std::array<char, INET_ADDRSTRLEN> text{};
        char* end = text.data();
        for (std::size_t i = 0; i < 4; ++i) {
            end = std::to_chars(end, text.data() + text.size(), bytes_[i]).ptr;
            *end++ = '.';
        }
        return {text.data(), end - 1};
    }
    std::array<char, INET6_ADDRSTRLEN> buffer{};
    inet_ntop(AF_INET6, bytes_.data(), buffer.data(), buffer.size());
    return buffer.data();
}

bool IpAddress::is_loopback() const {
    return is_v4() ? bytes_[0] == 127 : std::all_of(bytes_.begin(), bytes_.end() - 1, [](auto b) { return b == 0; }) && bytes_[15] == 1;
}

std::string IpAddress::reverse_name() const {
    if (!is_known()) {
        return {};
    }
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    for (std::size_t i = size(); i-- > 0;) {
        if (is_v4()) {
            out += std::to_string(bytes_[i]) + '.';
        } else {
            out += {digits[bytes_[i] & 15], '.', digits[bytes_[i] >> 4], '.'};
        }
    }
    return out + (is_v4() ? "in-addr.arpa" : "ip6.arpa");
}

IpAddress IpAddress::network(unsigned prefix_length) const {
    IpAddress out = *this;
    for (std::size_t i = 0; i < size(); ++i) {
        const unsigned before = static_cast<unsigned>(i) * 8;
        const unsigned kept = prefix_length <= before ? 0 : std::min(prefix_length - before, 8U);
        out.bytes_[i] = static_cast<std::uint8_t>(out.bytes_[i] & (0xff00U >> kept));
    }
    return out;
}

bool IpAddress::in_network(const IpAddress& network, unsigned prefix_length) const {
    if (!is_known() || family_ != network.family_ || prefix_length > size() * 8) {
        return false;
    }
    const std::size_t whole = prefix_length / 8;
    if (std::memcmp(bytes_.data(), network.bytes_.data(), whole) != 0) {
        return false;
    }
    const unsigned rest = prefix_length % 8;
    return rest == 0 || (bytes_[whole] ^ network.bytes_[whole]) >> (8 - rest) == 0;
}

std::string Endpoint::text() const {
    return (address.is_v4() ? address.text() : '[' + address.text() + ']') + ':' + std::to_string(port);
}

}  // namespace posthouse::base
