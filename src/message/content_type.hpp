#pragma once
// The value of a Content-Type field (RFC 2045 §5.1), as far as the structure of a message depends on it. Pure.
#include <string>
#include <string_view>
#include <vector>

namespace posthouse::message {

struct ContentType {
    std::string type, subtype;            // lower case; empty: not to be understood
    std::vector<std::string> boundaries;  // quoting undone, none empty; more than one is wrong and may be a trick

    [[nodiscard]] bool is_multipart() const { return type == "multipart"; }
};

/// Comments (RFC 822) are skipped; never fails.
[[nodiscard]] ContentType parse_content_type(std::string_view value);

}  // namespace posthouse::message
