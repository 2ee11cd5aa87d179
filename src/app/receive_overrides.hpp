#pragma once
// receive_override_options of a row, as far as the parts that are made here look at it.
#include <algorithm>
#include <string_view>

#include "base/text.hpp"
#include "config/view.hpp"

namespace posthouse::app {

/// Whether receive_override_options of this row has the word, such as "no_milters".
[[nodiscard]] inline bool overrides_receiving(const config::View& row, std::string_view word) {
    const auto options = row.list("receive_override_options");
    return std::any_of(options.begin(), options.end(), [word](const std::string& option) { return base::iequals(option, word); });
}

}  // namespace posthouse::app
