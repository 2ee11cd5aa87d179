#include "config/logical_lines.hpp"

#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::config {

namespace {

/// Takes the next physical line off `rest`, without its line feed.
std::string_view take_line(std::string_view& rest) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return line;
}

}  // namespace

int LogicalLine::line_at(std::size_t offset) const {
    int found = line;
    for (const Continuation& continuation : continuations) {
        found = continuation.begin <= offset ? continuation.line : found;
    }
    return found;
}

std::vector<LogicalLine> logical_lines(std::string_view text, std::string_view file_name, Findings& findings) {
    std::vector<LogicalLine> lines;
    int number = 0;
    while (!text.empty()) {
        const std::string_view line = take_line(text);
        ++number;
        const std::string_view visible = base::trim(line);
        if (visible.empty() || visible.front() == '#') {
            continue;
        }
        if (!base::is_space(line.front())) {
            lines.push_back({.text = std::string(base::trim_right(line)), .file = std::string(file_name), .line = number, .continuations = {}});
        } else if (lines.empty()) {
            findings.add(Severity::warning, file_name, number,
                         base::format("logical line must not start with whitespace: \"{}\"", base::printable(visible.substr(0, 30))));
        } else {
            lines.back().continuations.push_back({lines.back().text.size(), number});
            lines.back().text += base::trim_right(line);
        }
    }
    return lines;
}

}  // namespace posthouse::config
