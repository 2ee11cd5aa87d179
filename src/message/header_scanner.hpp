#pragma once
// Finds the header fields at the start of a message (RFC 5322 §2.2) in content that arrives in blocks. The header ends
// at the empty line, or, as in Postfix, at the first line that is neither a field nor a continuation.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace posthouse::message {

struct HeaderField {
    std::string name;  // as written, without the colon
    std::string text;  // all lines as written: name, colon, value, folding, final CRLF
    bool truncated = false;

    /// The value unfolded: line ends removed, white space around it removed.
    [[nodiscard]] std::string value() const;
    friend bool operator==(const HeaderField&, const HeaderField&) = default;
};

/// What becomes of "From " and ">From " lines in front of the header, left there by mbox files.
enum class MailboxLine {
    keep_as_field,  // "Mailbox-Line: From ...", what smtpd does
    skip,           // what sendmail(1) does
};

class HeaderScanner {
public:
    struct Options {
        base::Bytes header_size_limit{102400};  // Postfix default; the rest of a longer field is dropped
        MailboxLine mailbox_line = MailboxLine::keep_as_field;
    };
    enum class End {
        none,         // still inside the header
        empty_line,   // consumed; the body follows
        no_header,    // a line that is no header field: the body begins with it and an empty line must be put in front
        end_of_data,  // finish() came first: there is no body
    };

    HeaderScanner() : HeaderScanner(Options{}) {}
    explicit HeaderScanner(Options options) : options_(options) {}

    /// Appends each field that `block` completes to `fields`. Returns how many bytes of `block` belong to the header;
    /// less than all of them only when the header has ended (end() tells). The result is the same for every way to cut
    /// the content.
    [[nodiscard]] std::size_t feed(std::string_view block, std::vector<HeaderField>& fields);
    /// The content ends here.
    void finish(std::vector<HeaderField>& fields);

    [[nodiscard]] End end() const { return end_; }
    /// The first bytes of the body that came with earlier blocks; they go in front of what feed() left over.
    [[nodiscard]] std::string take_body_start();

private:
    // Ours: a longer name is no name (Postfix sees lines cut at line_length_limit 2048).
    static constexpr std::size_t name_length_max = 2048;

    enum class Line { undecided, field, continuation, mailbox, body, empty };
    [[nodiscard]] Line classify() const;
    [[nodiscard]] Line classify_start() const;
    void begin_line(Line line, std::vector<HeaderField>& fields);
    void add(std::string_view bytes);
    void emit(std::vector<HeaderField>& fields);
    std::size_t stop(End end, std::size_t consumed, std::vector<HeaderField>& fields);

    Options options_;
    End end_ = End::none;
    Line line_ = Line::undecided;
    bool seen_field_ = false;
    std::string undecided_;  // the start of a line whose kind is not known yet; at most name_length_max + 2
    std::string body_start_;
    std::optional<HeaderField> field_;  // the field being gathered; its continuations may follow
};

}  // namespace posthouse::message
