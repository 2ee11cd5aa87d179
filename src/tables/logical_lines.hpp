#pragma once
// Logical lines of Postfix's text formats: a line that starts with white space continues the one before; empty lines and
// lines whose first text is '#' are as if they were not there, even within a logical line. postconf(5), postmap(1).
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace posthouse::tables {

struct LogicalLine {
    std::string text;  // line ends are gone, trailing white space too
    std::size_t line = 0;  // number of its first physical line, from 1
};

class LogicalLines {
public:
    /// `text` must outlive the reader.
    explicit LogicalLines(std::string_view text) : rest_(text) {}
    std::optional<LogicalLine> next();

private:
    std::string_view take_physical();
    std::string_view rest_;
    std::size_t line_ = 0;
};

/// "/etc/x, line 7: text".
[[nodiscard]] std::string at_line(std::string_view file, std::size_t line, std::string_view text);

}  // namespace posthouse::tables
