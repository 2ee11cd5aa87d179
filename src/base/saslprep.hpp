#pragma once
// SASLprep (RFC 4013): user names and passwords as they are compared, whatever keyboard they came from.
#include <optional>
#include <string>
#include <string_view>

namespace posthouse::base {

/// Blanks of all kinds become a blank, what cannot be seen goes, the rest is normalized (NFKC). nullopt: not UTF-8, control and other
/// forbidden characters, or left and right mixed (RFC 3454 section 6). Code points that are not assigned pass.
[[nodiscard]] std::optional<std::string> saslprep(std::string_view text);

}  // namespace posthouse::base
