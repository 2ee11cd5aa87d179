#pragma once
// The keys that a message on standard input asks a table for: postmap -q - with -h (header fields), -b (body lines), -m (MIME).
#include <string>
#include <string_view>
#include <vector>

namespace posthouse::tools {

/// Without MIME everything after the first header is body; with it, the headers of parts and of attached messages are header fields.
enum class MimeParsing { off, on };

struct MessageKeys {
    std::vector<std::string> fields;  // whole, folded lines joined by newlines
    std::vector<std::string> lines;   // of the body, the empty line before it first
    std::vector<std::string> all;     // both in the order of the message
};

[[nodiscard]] MessageKeys message_keys(std::string_view text, MimeParsing mime);

}  // namespace posthouse::tools
