#pragma once
// What sendmail(1) makes of its standard input: pure.
#include <string>
#include <string_view>
#include <vector>

namespace posthouse::tools {

enum class DotLine { ends_message, is_content };  // is_content: -i, -oi

/// CRLF lines: cut at a line with a single dot, without mbox's "From " line.
[[nodiscard]] std::string message_lines(std::string_view input, DotLine dot);

enum class RecipientSource { arguments, header };  // header: -t

struct PreparedMessage {
    std::string content;                  // CRLF lines
    std::vector<std::string> recipients;  // from To, Cc, Bcc, or their Resent- forms if there is any
};

struct FromLine {
    std::string full_name;  // empty: no From field is made here
    std::string address;
};

/// With RecipientSource::header, Bcc and Resent-Bcc are taken out. A From field with the full name is put in if the
/// message has none; cleanup completes everything else.
[[nodiscard]] PreparedMessage prepare_message(std::string lines, RecipientSource source, const FromLine& from);

/// "Full Name <address>" with the name quoted if it needs to be.
[[nodiscard]] std::string from_value(const FromLine& from);

}  // namespace posthouse::tools
