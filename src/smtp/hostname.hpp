#pragma once
// Host names, address literals and the domain part of addresses, as strictly as Postfix and no more.
#include <optional>
#include <string_view>

#include "base/ip_address.hpp"

namespace posthouse::smtp {

/// Labels of letters, digits, '_' and inner '-', 1..63 bytes each, 255 in all; no trailing dot; not digits and dots
/// only. Bytes above 0x7f count as letters if they form UTF-8 (a U-label, RFC 6531).
[[nodiscard]] bool is_valid_hostname(std::string_view name);
/// "127.0.0.1" or "IPv6:2001:db8::1", without the brackets (RFC 5321 §4.1.3).
[[nodiscard]] std::optional<base::IpAddress> parse_address_literal(std::string_view text);
/// "[127.0.0.1]", "[IPv6:...]", with the brackets.
[[nodiscard]] bool is_valid_hostliteral(std::string_view text);
/// The domain of an address: a host name with at most one trailing dot, or an address literal in brackets.
[[nodiscard]] bool is_valid_address_domain(std::string_view domain);
[[nodiscard]] bool is_valid_utf8(std::string_view text);

}  // namespace posthouse::smtp
