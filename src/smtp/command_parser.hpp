#pragma once
// SMTP command lines, as the server reads them (RFC 5321 §4.1; BDAT: RFC 3030; XCLIENT, XFORWARD: Postfix).
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace posthouse::smtp {

enum class Verb {
    helo,
    ehlo,
    lhlo,
    mail,
    rcpt,
    data,
    bdat,
    rset,
    noop,
    quit,
    vrfy,
    expn,
    etrn,
    help,
    starttls,
    auth,
    xclient,
    xforward,
    unknown,
};

struct Command {
    Verb verb = Verb::unknown;
    std::string verb_text;  // as the client wrote it
    std::string arguments;  // the rest of the line, white space around it removed
};

/// A line without its CRLF. White space before, between and after is tolerated; an empty line is Verb::unknown with an
/// empty verb_text.
[[nodiscard]] Command parse_command(std::string_view line);
/// "MAIL", "RCPT", … ; "" for unknown.
[[nodiscard]] std::string_view verb_name(Verb verb);

struct EsmtpParameter {
    std::string text;     // as written: "FOO=BAR"
    std::string keyword;  // upper case
    std::optional<std::string> value;
};
/// The words after the path of MAIL or RCPT. None is judged here.
[[nodiscard]] std::vector<EsmtpParameter> parse_esmtp_parameters(std::string_view rest);

enum class BdatLast { no, yes };
struct BdatArguments {
    std::uint64_t size = 0;
    BdatLast last = BdatLast::no;
};
/// "86 LAST"; nullopt if malformed, after which the peer's stream cannot be read any further.
[[nodiscard]] std::optional<BdatArguments> parse_bdat(std::string_view arguments);

/// The decimal number of "SIZE=number"; nullopt if it is none.
[[nodiscard]] std::optional<std::uint64_t> parse_size_parameter(const std::optional<std::string>& value);

enum class BodyType { unspecified, seven_bit, eight_bit_mime };
/// "7BIT" or "8BITMIME"; nullopt if it is anything else (an unsupported option).
[[nodiscard]] std::optional<BodyType> parse_body_parameter(const std::optional<std::string>& value);
[[nodiscard]] std::string_view body_type_name(BodyType body);

}  // namespace posthouse::smtp
