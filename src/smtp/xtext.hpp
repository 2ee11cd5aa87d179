#pragma once
// xtext (RFC 3461 §4), the quoting of ENVID, ORCPT and AUTH values, and the utf-8-addr-xtext of RFC 6533 §3.
#include <optional>
#include <string>
#include <string_view>

namespace posthouse::smtp {

/// '+', '=', and everything but printable ASCII become +HH.
[[nodiscard]] std::string xtext_encode(std::string_view text);
/// nullopt if `text` holds '=', white space, control or a '+' without two hexadecimal digits. Non-ASCII is passed
/// through, as Postfix does.
[[nodiscard]] std::optional<std::string> xtext_decode(std::string_view text);
/// The other way round: what is not plain ASCII becomes "\x{20AC}", so the result may go to any server. nullopt: not UTF-8.
[[nodiscard]] std::optional<std::string> utf8_xtext_encode(std::string_view text);
/// RFC 6533: "\x{20AC}" escapes become UTF-8; nullopt if malformed or not a Unicode scalar value.
[[nodiscard]] std::optional<std::string> utf8_xtext_decode(std::string_view text);

}  // namespace posthouse::smtp
