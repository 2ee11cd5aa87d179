#pragma once
// The table of parameters in words: for "posthouse help" and the manual.
#include <string_view>

#include "config/parameter.hpp"

namespace posthouse::tools {

/// "time: a number and s, m, h, d or w"
[[nodiscard]] std::string_view type_text(config::Type type);
/// "; seconds without a letter", or nothing.
[[nodiscard]] std::string_view unit_text(config::Unit unit);
/// "supported", "has no effect here" …
[[nodiscard]] std::string_view status_text(config::Status status);

}  // namespace posthouse::tools
