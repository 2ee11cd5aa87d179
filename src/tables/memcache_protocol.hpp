#pragma once
// What a memcached server is asked and how it answers: its text protocol, as far as lookups need it.
#include <cstdint>
#include <memory>
#include <string>

#include "tables/wire_protocol.hpp"

namespace posthouse::tables {

/// Asks "get". Of "set" the reply is found ("STORED") or absent.
[[nodiscard]] std::unique_ptr<WireProtocol> memcache_protocol(std::size_t data_size_limit, std::size_t line_size_limit);

/// False: memcached takes no such key: empty, over 250 bytes, with white space or control characters.
[[nodiscard]] bool is_memcache_key(std::string_view key);
[[nodiscard]] std::string memcache_set(std::string_view key, std::string_view value, std::int64_t flags, std::int64_t ttl_seconds);

}  // namespace posthouse::tables
