#pragma once
// The columns of a master.cf row as postconf(1) names and places them.
#include <array>
#include <cstddef>
#include <string_view>

namespace posthouse::tools {

inline constexpr std::array<std::string_view, 8> master_fields{"service", "type",   "private",       "unprivileged",
                                                               "chroot",  "wakeup", "process_limit", "command"};
inline constexpr std::array<std::size_t, 8> master_column_starts{0, 11, 17, 25, 33, 41, 49, 57};

}  // namespace posthouse::tools
