#pragma once
// Logical lines, the outer form of main.cf, master.cf and table source files (postconf(5), master(5), postmap(1)):
// a line that starts with white space continues the line before it; empty lines and lines whose first visible
// character is '#' are dropped, also in the middle of a logical line.
#include "config/findings.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace posthouse::config {

struct LogicalLine {
    std::string text;  // without line ends; the blanks that begin a continuation line are kept, trailing ones are not
    std::string file;
    int line = 0;  // number of its first physical line, from 1
    struct Continuation {
        std::size_t begin = 0;  // in text
        int line = 0;
    };
    std::vector<Continuation> continuations;
    /// The physical line that the byte at `offset` of text stands in.
    [[nodiscard]] int line_at(std::size_t offset) const;
};

/// A continuation line with nothing to continue is dropped with a warning, as Postfix does.
[[nodiscard]] std::vector<LogicalLine> logical_lines(std::string_view text, std::string_view file_name, Findings& findings);

}  // namespace posthouse::config
