#pragma once
// base::format: std::format once every supported compiler has it; {fmt} until then.
#include <fmt/format.h>

#include <string>

namespace posthouse::base {

template <class... Args>
[[nodiscard]] std::string format(fmt::format_string<Args...> pattern, Args&&... args) {
    return fmt::format(pattern, std::forward<Args>(args)...);
}

template <class... Args>
void append_format(std::string& out, fmt::format_string<Args...> pattern, Args&&... args) {
    fmt::format_to(std::back_inserter(out), pattern, std::forward<Args>(args)...);
}

}  // namespace posthouse::base
