#pragma once
// An 8-bit MIME message for a server without 8BITMIME (RFC 6152 §3): parts with Content-Transfer-Encoding 8bit or binary
// become quoted-printable, the rest stays as it is.
#include <string>
#include <string_view>
#include <vector>

#include "message/header_scanner.hpp"
#include "message/quoted_printable.hpp"

namespace posthouse::message {

class MimeDowngrade {
public:
    /// Appends what becomes of `block` to `out`; the result is the same for every way to cut the content into blocks.
    void feed(std::string_view block, std::string& out);
    /// The content ends here.
    void finish(std::string& out);

private:
    // Ours: parts nested deeper, and boundaries that are longer, are passed on as they are.
    static constexpr std::size_t nesting_max = 100;
    static constexpr std::size_t line_start_max = 2048;

    struct Entity {
        bool eight_bit = false;  // its Content-Transfer-Encoding said so
        enum class Kind { leaf, multipart, message } kind = Kind::leaf;
        std::string boundary;
    };
    void take(const HeaderField& field, std::string& out);
    void take_content_type(const std::string& value);
    std::size_t feed_header(std::string_view block, std::string& out);
    std::size_t feed_body(std::string_view block, std::string& out);
    void end_header(std::string& out);
    void end_of_line_or_piece(bool complete, std::string& out);
    bool take_boundary(std::string_view line, std::string& out);
    void begin_header();

    bool in_header_ = true;
    HeaderScanner scanner_;
    std::vector<HeaderField> fields_;
    Entity entity_;
    std::vector<std::string> boundaries_;  // of the multiparts around us, the outermost first
    bool encodes_ = false;
    bool owes_empty_line_ = false;  // the header ended without one
    bool at_line_start_ = true;
    std::string line_;  // of the body: what of the current line came so far; at most line_start_max
    QuotedPrintable encoder_;
};

}  // namespace posthouse::message
