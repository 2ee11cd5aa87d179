#include "message/quoted_printable.hpp"

#include "base/text.hpp"

namespace posthouse::message {

namespace {

constexpr std::size_t line_length_max = 76;  // RFC 2045 §6.7 (5), with the "=" of a soft line break

bool is_literal(char c) { return (c >= ' ' && c <= '~' && c != '=') || c == '\t'; }

std::string hex(char c) {
    static constexpr char digits[] = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    return {'=', digits[byte >> 4U], digits[byte & 15U]};
}

}  // namespace

void QuotedPrintable::put(std::string_view encoded, std::string& out) {
    if (column_ + encoded.size() > line_length_max - 1) {
        out += "=\r\n";
        column_ = 0;
    }
    out += encoded;
    column_ += encoded.size();
}

void QuotedPrintable::append(std::string_view text, Piece piece, std::string& out) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool last = piece == Piece::ends_line && i + 1 == text.size();
        const bool blank = c == ' ' || c == '\t';
        if (is_literal(c) && !(last && blank)) {
            put({&c, 1}, out);
        } else {
            put(hex(c), out);
        }
    }
    if (piece == Piece::ends_line) {
        out += "\r\n";
        column_ = 0;
    }
}

}  // namespace posthouse::message
