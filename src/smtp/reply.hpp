#pragma once
// A reply that this server sends (RFC 5321 §4.2). Replies received from other servers are RemoteReply
// (reply_parser.hpp).
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "smtp/enhanced_status.hpp"

namespace posthouse::smtp {

struct Reply {
    int code = 250;
    std::optional<EnhancedStatus> status;
    std::vector<std::string> lines;  // text without code and status; empty means one line without text

    /// One line; "5.7.1 text" is taken apart into status and text, so table and policy texts can be passed as they are.
    [[nodiscard]] static Reply make(int code, std::string_view text);
    [[nodiscard]] static Reply make(int code, EnhancedStatus status, std::string_view text);
    /// Several lines without status, as in a reply to EHLO.
    [[nodiscard]] static Reply multi_line(int code, std::vector<std::string> lines);

    [[nodiscard]] bool is_positive() const { return code >= 200 && code < 400; }
    [[nodiscard]] bool is_transient_negative() const { return code >= 400 && code < 500; }
    [[nodiscard]] bool is_permanent_negative() const { return code >= 500 && code < 600; }

    /// "550 5.7.1 text" for the log; further lines joined by one space.
    [[nodiscard]] std::string text() const;
    /// What goes over the wire: every line with code, '-' or ' ', status, text and CRLF. CR, LF and NUL inside a text
    /// become spaces, so that no text of ours or of a client can start a second reply.
    [[nodiscard]] std::string wire() const;
    void append_wire(std::string& out) const;

    friend bool operator==(const Reply&, const Reply&) = default;
};

}  // namespace posthouse::smtp
