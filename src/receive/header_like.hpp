#pragma once
// A command that looks like a header field: a browser or a proxy speaks, or mail data is read as commands after a refused DATA:
// "Subject: …". Pure.
#include <algorithm>
#include <string_view>

namespace posthouse::receive {

[[nodiscard]] inline bool is_header_like(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == 0 || colon == std::string_view::npos) {
        return false;
    }
    return std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(colon), [](char c) { return c > ' ' && c < 0x7f; });
}

}  // namespace posthouse::receive
