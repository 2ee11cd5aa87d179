#pragma once
// Content on its way to the wire: lines folded to smtp_line_length_limit, bare CR and LF repaired, dots stuffed for DATA.
#include <string>
#include <string_view>

#include "smtp/dot_writer.hpp"

namespace posthouse::deliver {

class BodyEncoder {
public:
    /// How the server finds the end: at the dot of DATA, or by BDAT's count (RFC 3030), which leaves dots alone.
    enum class Framing { dot, counted };

    /// `line_length_max` 0: lines are not folded.
    explicit BodyEncoder(std::size_t line_length_max, Framing framing = Framing::dot)
        : line_length_max_(line_length_max), framing_(framing) {}
    /// Appends the encoded block to `out`; the result is the same for every way to cut the content into blocks.
    void append(std::string_view block, std::string& out);
    /// Ends the content, with a line end if it has none, and the data: appends ".\r\n" unless it is counted.
    void finish(std::string& out);

private:
    [[nodiscard]] bool is_plain(std::string_view block, std::size_t regular) const;
    [[nodiscard]] static bool has_paired_line_ends(std::string_view block);
    [[nodiscard]] bool fits_line_length(std::string_view block) const;
    void append_slowly(std::string_view block, std::string& out);
    void add(char c, std::string& repaired);
    void emit(std::string_view repaired, std::size_t regular, std::string& out);

    std::size_t line_length_max_;
    Framing framing_;
    std::size_t column_ = 0;   // bytes of the current line
    bool pending_cr_ = false;  // a CR that may begin a line end
    bool at_line_start_ = true;  // counted framing only; DotWriter knows for itself
    smtp::DotWriter dots_;
};

}  // namespace posthouse::deliver
