#pragma once
// errno as base::Error, in the words of the system ("Connection refused").
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace posthouse::net {

[[nodiscard]] base::Error system_error(int error_number);
[[nodiscard]] std::unexpected<base::Error> fail_system(int error_number);
/// With what was being done in front: "bind 127.0.0.1:25: Permission denied".
[[nodiscard]] std::unexpected<base::Error> fail_system(int error_number, std::string_view doing);
/// What a wait ends with whose deadline passed.
[[nodiscard]] base::Error timed_out();

}  // namespace posthouse::net
