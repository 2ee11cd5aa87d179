#pragma once
// What a table says about a line: header_checks(5), "ACTIONS". Pure.
#include <cstdint>
#include <string>
#include <string_view>

namespace posthouse::checks {

struct Action {
    enum class Kind : std::uint8_t {
        bcc, discard, filter, hold, pass, redirect, reject,  // about the message
        ignore, prepend, replace, strip,                     // about the line
        info, warn,                                          // about the log
        dunno,
        unknown,
    } kind = Kind::unknown;
    std::string text;  // what follows the word
};

/// Words in any case; OK is DUNNO.
[[nodiscard]] Action parse_action(std::string_view value);

/// Whether it says something about where the message goes, not only about a line or the log.
[[nodiscard]] bool is_about_message(Action::Kind kind);

}  // namespace posthouse::checks
