#pragma once
// The data of DNS records in wire format (RFC 1035 §3.3, uncompressed) as world::DnsRecord.
#include <optional>
#include <string>
#include <string_view>

#include "world/resolver.hpp"

namespace posthouse::net {

/// nullopt if malformed.
[[nodiscard]] std::optional<world::DnsRecord> parse_record_data(world::RecordType type, std::string_view data);
/// Lower case, without the trailing dot.
[[nodiscard]] std::string plain_name(std::string_view name);

}  // namespace posthouse::net
