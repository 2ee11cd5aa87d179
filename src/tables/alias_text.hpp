#pragma once
// One logical line of aliases(5): "name: value, value".
#include <expected>
#include <string>
#include <string_view>

namespace posthouse::tables {

struct AliasText {
    std::string name;   // without its quotes
    std::string value;  // as postalias(1) keeps it: one space for white space, after commas too
};

/// The error is a text for the warning: the form is wrong, or the name is not local.
[[nodiscard]] std::expected<AliasText, std::string> parse_alias(std::string_view line);

}  // namespace posthouse::tables
