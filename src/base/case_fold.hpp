#pragma once
// Case folding of all of Unicode, for what is compared and looked up: "Straße" and "STRASSE" are one. What only has ASCII
// takes no longer than base::lower.
#include <string>
#include <string_view>

namespace posthouse::base {

[[nodiscard]] bool is_all_ascii(std::string_view text);
/// RFC 3629: no overlong forms, no surrogates.
[[nodiscard]] bool is_utf8(std::string_view text);
/// Unicode's full case folding. Text that is not UTF-8 is folded in ASCII only.
[[nodiscard]] std::string fold_case(std::string_view text);
/// Equality after fold_case.
[[nodiscard]] bool equal_folded(std::string_view a, std::string_view b);

}  // namespace posthouse::base
