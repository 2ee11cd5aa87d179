#pragma once
// What clients sent, as postscreen(8) logs it. Pure.
#include <string>
#include <string_view>

namespace posthouse::receive::postscreen {

/// At most `bytes_max` bytes of `text`, with C-like escapes for what cannot be printed: "EHLO x\r\n".
[[nodiscard]] std::string escaped(std::string_view text, std::size_t bytes_max);

}  // namespace posthouse::receive::postscreen
