#pragma once
// errno as base::Error.
#include <string_view>

#include "base/result.hpp"

namespace posthouse::os {

/// "open /etc/x: Permission denied"
[[nodiscard]] std::unexpected<base::Error> fail_os(int error_number, std::string_view doing);

}  // namespace posthouse::os
