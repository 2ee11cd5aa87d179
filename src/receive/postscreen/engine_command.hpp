#pragma once
// Lines and commands as the screen's SMTP engine reads them: more forgiving than smtpd(8), because nothing is delivered. Pure.
#include <optional>
#include <string>
#include <string_view>

#include "smtp/command_parser.hpp"

namespace posthouse::receive::postscreen {

struct EngineLine {
    std::string text;  // without its end
    bool bare_newline = false;
};
/// Takes a line off the front of `input`; nullopt: there is none yet.
[[nodiscard]] std::optional<EngineLine> take_line(std::string& input);
/// Whether the line at the front, complete or not, has more than `length_max` bytes before its end.
[[nodiscard]] bool is_line_too_long(std::string_view input, std::size_t length_max);

struct EngineCommand {
    smtp::Verb verb = smtp::Verb::unknown;  // unknown, too, for those that smtpd(8) knows and postscreen(8) does not
    std::string verb_text;                  // as the client wrote it
    std::string arguments;
    std::string rest;                       // the same with all its white space
    std::string name;                       // for the log: "MAIL", "UNIMPLEMENTED"
    bool is_known = false;
};
[[nodiscard]] EngineCommand read_command(std::string_view line);

/// The address behind the colon of "FROM:<a@b> SIZE=1", unquoted and without a source route; nullopt: there is no colon.
[[nodiscard]] std::optional<std::string> address_after_colon(std::string_view arguments);

}  // namespace posthouse::receive::postscreen
