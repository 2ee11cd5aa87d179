#pragma once
// What a question without an answer is called in logs and bounces: the words log readers know.
#include <string>
#include <string_view>

#include "world/resolver.hpp"

namespace posthouse::dns {

/// "Host or domain name not found. Name service error for name=x type=MX: Host not found, try again".
[[nodiscard]] std::string answer_text(std::string_view name, world::RecordType type, world::DnsAnswer::State state);

[[nodiscard]] std::string_view record_type_name(world::RecordType type);

}  // namespace posthouse::dns
