#pragma once
// Content on its way to the wire: lines folded to smtp_line_length_limit, bare CR and LF repaired, dots stuffed.
#include <string>
#include <string_view>

#include "smtp/dot_writer.hpp"

namespace posthouse::deliver {

class BodyEncoder {
public:
    /// `line_length_max` 0: lines are not folded.
    explicit BodyEncoder(std::size_t line_length_max) : line_length_max_(line_length_max) {}
    /// Appends the encoded block to `out`; the result is the same for every way to cut the content into blocks.
    void append(std::string_view block, std::string& out);
    /// Ends the content and the data: appends ".\r\n".
    void finish(std::string& out);

private:
    [[nodiscard]] bool is_plain(std::string_view block) const;
    void append_slowly(std::string_view block, std::string& out);
    void add(char c, std::string& repaired);

    std::size_t line_length_max_;
    std::size_t column_ = 0;   // bytes of the current line
    bool pending_cr_ = false;  // a CR that may begin a line end
    smtp::DotWriter dots_;
};

}  // namespace posthouse::deliver
