#pragma once
// IPv4 and IPv6 addresses as values, without a socket in sight.
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace posthouse::base {

class IpAddress {
public:
    enum class Family : std::uint8_t { v4, v6, unknown };

    IpAddress() = default;  // 0.0.0.0
    /// Of somebody of whom nobody says where he is: equals no address, is in no network, and its text is "unknown".
    [[nodiscard]] static IpAddress unknown();
    /// Dotted quad or RFC 4291 text, without brackets, prefix or scope; nullopt if it is neither.
    [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);
    [[nodiscard]] static IpAddress from_v4(const std::array<std::uint8_t, 4>& bytes);
    /// An IPv4-mapped address (::ffff:a.b.c.d) becomes the IPv4 address, as Postfix treats it.
    [[nodiscard]] static IpAddress from_v6(const std::array<std::uint8_t, 16>& bytes);

    [[nodiscard]] Family family() const { return family_; }
    [[nodiscard]] bool is_known() const { return family_ != Family::unknown; }
    [[nodiscard]] bool is_v4() const { return family_ == Family::v4; }
    [[nodiscard]] bool is_v6() const { return family_ == Family::v6; }
    /// 4 or 16 bytes in network order.
    [[nodiscard]] std::size_t size() const { return is_v4() ? 4 : 16; }
    [[nodiscard]] std::uint8_t byte(std::size_t i) const { return bytes_[i]; }
    [[nodiscard]] const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
    [[nodiscard]] std::string text() const;
    [[nodiscard]] bool is_loopback() const;
    /// "4.3.2.1.in-addr.arpa", "….ip6.arpa"; empty if unknown.
    [[nodiscard]] std::string reverse_name() const;
    /// True if the first `prefix_length` bits are those of `network` (same family).
    [[nodiscard]] bool in_network(const IpAddress& network, unsigned prefix_length) const;

    /// The first `prefix_length` bits, the rest zero; all of it if there are no more.
    [[nodiscard]] IpAddress network(unsigned prefix_length) const;

    friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

private:
    Family family_ = Family::v4;
    std::array<std::uint8_t, 16> bytes_{};
};

struct Endpoint {
    IpAddress address;
    std::uint16_t port = 0;
    /// "127.0.0.1:25", "[::1]:25".
    [[nodiscard]] std::string text() const;
    friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

}  // namespace posthouse::base
