#pragma once
// Quoted-printable (RFC 2045 §6.7), line by line.
#include <cstddef>
#include <string>
#include <string_view>

namespace posthouse::message {

class QuotedPrintable {
public:
    enum class Piece : bool { goes_on, ends_line };
    /// Appends a piece of a line without its line end. `goes_on`: more of the same line follows, and `text` does not end with
    /// the line's last byte; `ends_line` appends CRLF.
    void append(std::string_view text, Piece piece, std::string& out);

private:
    void put(std::string_view encoded, std::string& out);

    std::size_t column_ = 0;
};

}  // namespace posthouse::message
