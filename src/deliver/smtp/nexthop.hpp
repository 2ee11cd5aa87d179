#pragma once
// A nexthop as transport tables, relayhost and smtp_fallback_relay write it (transport(5)).
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace posthouse::deliver {

struct Nexthop {
    enum class Lookup : std::uint8_t { mx, host };  // "[host]": no question for MX
    std::string text;                               // as written: key of password and policy tables
    std::string host;                               // without brackets and port
    std::uint16_t port = 0;
    Lookup lookup = Lookup::mx;
    friend bool operator==(const Nexthop&, const Nexthop&) = default;
};

/// "host", "host:port", "[host]", "[host]:port", "[IPv6:…]:port"; a port is a number or the name of a service of mail.
/// The error is a text for the log.
[[nodiscard]] std::expected<Nexthop, std::string> parse_nexthop(std::string_view text, std::uint16_t default_port);

/// Several destinations between commas and white space, tried in this order.
[[nodiscard]] std::vector<std::string> split_nexthops(std::string_view text);

/// "25", "smtp", "submission", "smtps", "submissions", "lmtp".
[[nodiscard]] std::expected<std::uint16_t, std::string> parse_port(std::string_view text);

}  // namespace posthouse::deliver
