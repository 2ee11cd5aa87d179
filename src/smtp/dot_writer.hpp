#pragma once
// Mail data as a client sends it: dot-stuffing (RFC 5321 §4.5.2) of content in the form that DotReader makes.
#include <cstddef>
#include <string>
#include <string_view>

namespace posthouse::smtp {

class DotWriter {
public:
    /// Appends `block` to `out`, doubling each dot that starts a line. The result is the same for every way to cut
    /// content into blocks. Lines end in LF here, so that even content with a bare LF cannot hide an end of data.
    void append(std::string_view block, std::string& out);
    /// For callers who know that the first `regular` bytes are a regular_prefix() of the block.
    void append(std::string_view block, std::size_t regular, std::string& out);
    /// Ends the data: CRLF if the content did not end in one, then ".\r\n". The writer is ready for the next message.
    void finish(std::string& out);

private:
    enum class Last { line_end, cr, other };
    Last last_ = Last::line_end;
};

}  // namespace posthouse::smtp
