#include "tables/logical_lines.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::tables {

std::string_view LogicalLines::take_physical() {
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ++line_;
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    return line;
}

std::optional<LogicalLine> LogicalLines::next() {
    std::optional<LogicalLine> logical;
    while (!rest_.empty()) {
        const std::string_view before = rest_;
        const std::string_view physical = take_physical();
        const std::string_view content = base::trim(physical);
        if (content.empty() || content.front() == '#') {
            continue;
        }
        if (!logical) {
            logical = LogicalLine{std::string(physical), line_};
        } else if (base::is_space(physical.front())) {
            logical->text += physical;
        } else {
            rest_ = before;
            --line_;
            break;
        }
    }
    if (logical) {
        logical->text.resize(base::trim_right(logical->text).size());
    }
    return logical;
}

std::string at_line(std::string_view file, std::size_t line, std::string_view text) {
    return base::format("{}, line {}: {}", file, line, text);
}

}  // namespace posthouse::tables
