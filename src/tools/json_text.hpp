#pragma once
// Strings in JSON (RFC 8259 §7).
#include <string>
#include <string_view>

namespace posthouse::tools {

/// With the quotes. Bytes that are not UTF-8 become U+FFFD, so the output is always valid.
[[nodiscard]] std::string json_string(std::string_view text);

}  // namespace posthouse::tools
