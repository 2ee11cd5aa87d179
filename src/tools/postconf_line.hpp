#pragma once
// One "name = value" of postconf(1), as -h, -H and -f want it.
#include <string>
#include <string_view>

#include "tools/postconf_options.hpp"

namespace posthouse::tools {

/// Lines of -f are shorter than this, where words allow.
inline constexpr std::size_t folded_line_length = 80;

/// With its newline. A name without a value ends in "=".
[[nodiscard]] std::string output_line(std::string_view name, std::string_view value, const PostconfOptions& options);

}  // namespace posthouse::tools
