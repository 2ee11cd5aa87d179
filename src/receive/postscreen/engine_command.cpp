#include "receive/postscreen/engine_command.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace posthouse::receive::postscreen {

std::optional<EngineLine> take_line(std::string& input) {
    const std::size_t newline = input.find('\n');
    if (newline == std::string::npos) {
        return std::nullopt;
    }
    EngineLine line;
    line.bare_newline = newline == 0 || input[newline - 1] != '\r';
    line.text = input.substr(0, line.bare_newline ? newline : newline - 1);
    input.erase(0, newline + 1);
    return line;
}

bool is_line_too_long(std::string_view input, std::size_t length_max) {
    const std::size_t end = std::min(input.find('\n'), input.size());
    const bool ends_in_cr = end > 0 && input[end - 1] == '\r';
    return end - (ends_in_cr ? 1 : 0) > length_max;
}

EngineCommand read_command(std::string_view line) {
    using smtp::Verb;
    // The last three are known, and refused: no test takes them for something that is not SMTP.
    static constexpr Verb known[] = {Verb::helo, Verb::ehlo, Verb::mail, Verb::rcpt,     Verb::data,    Verb::bdat,     Verb::rset, Verb::noop,
                                     Verb::vrfy, Verb::etrn, Verb::quit, Verb::starttls, Verb::xclient, Verb::xforward, Verb::auth};
    smtp::Command parsed = smtp::parse_command(line);
    EngineCommand out;
    out.is_known = std::find(std::begin(known), std::end(known), parsed.verb) != std::end(known);
    const bool is_served = out.is_known && parsed.verb != Verb::xclient && parsed.verb != Verb::xforward && parsed.verb != Verb::auth;
    out.verb = is_served ? parsed.verb : Verb::unknown;
    out.name = out.is_known ? std::string(smtp::verb_name(parsed.verb)) : "UNIMPLEMENTED";
    const std::string_view behind = base::trim_left(line).substr(parsed.verb_text.size());
    out.rest = behind.substr(behind.empty() ? 0 : 1);
    out.verb_text = std::move(parsed.verb_text);
    out.arguments = std::move(parsed.arguments);
    return out;
}

std::optional<std::string> address_after_colon(std::string_view arguments) {
    const std::size_t colon = arguments.find(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    std::string_view rest = base::trim_left(arguments.substr(colon + 1));
    const char end = rest.starts_with('<') ? '>' : ' ';
    rest.remove_prefix(end == '>' ? 1 : 0);
    std::string out;
    bool quoted = false;
    for (std::size_t at = 0; at < rest.size() && (quoted || rest[at] != end); ++at) {
        if (rest[at] == '"') {
            quoted = !quoted;
        } else if (rest[at] != '\\') {
            out += rest[at];
        } else if (++at < rest.size()) {
            out += rest[at];
        }
    }
    if (const std::size_t route_end = out.find(':'); out.starts_with('@') && route_end != std::string::npos) {
        out.erase(0, route_end + 1);
    }
    return out;
}

}  // namespace posthouse::receive::postscreen
