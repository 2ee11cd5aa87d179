#pragma once
// Walks through a message (RFC 5322, RFC 2045, RFC 2046) and hands it out in pieces: header fields of the message, of its parts and of
// attached messages, and lines of bodies, as Postfix's mime_state(3) sees them. The raw text of all pieces in order is the content,
// but for what a field has beyond header_size_limit.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace posthouse::message {

struct MimePiece {
    enum class Kind : std::uint8_t {
        header,         // a field at the top of the message, but for those about MIME
        mime_header,    // a field of a part, or one about MIME (Content-Type and its kin) wherever it stands
        nested_header,  // a field at the top of an attached message, but for those about MIME
        body,           // a line, or line_length_limit bytes of a longer one; boundaries and empty lines, too
        passage,        // nothing to look at
    } kind = Kind::passage;
    std::string text;          // a field without its last line end, its lines joined by "\n"; a line without its end. Passage: empty
    std::string raw;           // as it stands, with all line ends
    std::uint64_t offset = 0;  // of a body line in its part, a line end counted as one byte
    bool begins_line = true, ends_line = true;
};

class MimeWalker {
public:
    enum class Mime : std::uint8_t { parsed, ignored };          // ignored: all behind the first header is one body
    enum class BodyLines : std::uint8_t { wanted, not_wanted };  // not wanted: most of them come as passages
    struct Options {
        Mime mime = Mime::parsed;
        BodyLines body_lines = BodyLines::wanted;
        base::Bytes header_size_limit{102400};  // Postfix's defaults
        std::size_t line_length_limit = 2048;
        std::size_t nesting_limit = 100;  // mime_nesting_limit; deeper boundaries are not looked for
        std::size_t boundary_length_limit = 2048;
    };

    explicit MimeWalker(Options options) : options_(options) {}

    /// Takes the next block, which has to stay where it is until next() says false. The pieces are the same for every way to cut the
    /// content, but for passages, which are as long as is convenient.
    void feed(std::string_view block) { input_ = block; }
    /// The content ends here; then next() until it says false.
    void finish() { finishing_ = true; }
    /// False: more content is wanted, or all has been told.
    [[nodiscard]] bool next(MimePiece& piece);

    /// The Content-Type field that passed nesting_limit.
    [[nodiscard]] const std::optional<std::string>& too_deep() const { return too_deep_; }

private:
    enum class State : std::uint8_t { primary, part, nested, body, rest };
    enum class Follows : std::uint8_t { other, multipart, message };
    struct Boundary {
        std::string text;
        bool digest = false;  // parts are messages unless they say otherwise (RFC 2046 §5.1.5)
    };

    bool skim(MimePiece& piece);
    bool gather();
    void take(std::string_view text, std::string_view end);
    void take_body(std::string_view text, std::string_view end, bool begins);
    void find_boundary(std::string_view line);
    void pass(std::string_view text, std::string_view end);
    void add_to_field(std::string_view text, std::string_view end);
    void emit_field();
    void take_content_type(std::string_view text);
    void end_header(bool at_empty_line);

    Options options_;
    State state_ = State::primary;
    Follows follows_ = Follows::other;
    std::vector<Boundary> boundaries_;  // of the multiparts around us, the outermost first
    std::optional<std::string> too_deep_;
    std::uint64_t offset_ = 0;
    bool seen_field_ = false, mid_line_ = false, finishing_ = false, truncated_ = false;
    std::string_view input_;
    std::string line_;   // of the current line what came so far; at most line_length_limit + 2
    std::string field_;  // the field being gathered; its continuations may follow
    std::vector<MimePiece> ready_;
    std::size_t given_ = 0;
};

/// Whether `line` begins as a header field does: a name, perhaps blanks, a colon.
[[nodiscard]] bool is_field_start(std::string_view line);

}  // namespace posthouse::message
