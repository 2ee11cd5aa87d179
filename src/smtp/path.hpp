#pragma once
// Reverse-path and forward-path (RFC 5321 §4.1.2) as MAIL, RCPT and VRFY carry them, with the liberties Postfix's smtpd
// takes.
#include <expected>
#include <string>
#include <string_view>

#include "smtp/address.hpp"

namespace posthouse::smtp {

/// A mailbox in internal form, or the null reverse-path "<>".
struct Path {
    std::string address;  // "" is the null path; no CR, LF, NUL or other control byte when it came from parse_path

    [[nodiscard]] bool is_null() const { return address.empty(); }
    [[nodiscard]] std::string_view local_part() const { return smtp::local_part(address); }
    [[nodiscard]] std::string_view domain() const { return smtp::domain(address); }
    /// "<\"x y\"@example.net>", "<>": ready for a command.
    [[nodiscard]] std::string external() const { return '<' + quote_address(address) + '>'; }
    friend auto operator<=>(const Path&, const Path&) = default;
};

enum class PathSyntax {
    lax,     // no "<>" needed, comments and display names are dropped (Postfix default)
    strict,  // strict_rfc821_envelopes = yes
};
enum class NullPath { allowed, refused };
enum class BareNumericDomain { refused, allowed };  // user@127.0.0.1; resolve_numeric_domain

struct PathOptions {
    PathSyntax syntax = PathSyntax::lax;
    NullPath null_path = NullPath::allowed;
    BareNumericDomain bare_numeric_domain = BareNumericDomain::refused;
};

enum class PathError {
    missing,     // no "FROM:"/"TO:", or nothing after it: 501 5.5.4 Syntax
    bad_syntax,  // 501 5.1.7 / 5.1.3
};

struct ParsedPath {
    Path path;
    std::string_view rest;  // the ESMTP parameters, trimmed; views into the argument
};

/// Parses the path at the start of `text` (what follows "FROM:" or "TO:"). Source routes are stripped, quotes removed,
/// a final "@" without domain dropped. The domain must be a possible one; an address without domain is accepted.
[[nodiscard]] std::expected<ParsedPath, PathError> parse_path(std::string_view text, const PathOptions& options = {});

/// The same for the whole argument of MAIL or RCPT: `keyword` is "FROM:" or "TO:", in any case.
[[nodiscard]] std::expected<ParsedPath, PathError> parse_path_argument(std::string_view arguments,
                                                                       std::string_view keyword,
                                                                       const PathOptions& options = {});

}  // namespace posthouse::smtp
