#pragma once
// One template of bounce(5): its header, its text.
#include <string>
#include <string_view>

#include "bounce/templates.hpp"

namespace posthouse::bounce {

/// `ours` gives what the header leaves out, and is the answer, with a warning, if the template cannot be used.
[[nodiscard]] NoticeTemplate parse_template(std::string_view text, const NoticeTemplate& ours, const std::string& file, const Warn& warn);

}  // namespace posthouse::bounce
