#include "tools/postconf_line.hpp"

#include "base/text.hpp"

namespace posthouse::tools {

namespace {

// White space of a value says nothing: one space each, or a new line where `limit` is reached.
std::string spaced(std::string_view line, std::size_t limit) {
    std::string out;
    std::size_t column = 0;
    for (const std::string_view word : base::split_words(line)) {
        if (column > 0 && column + word.size() >= limit) {
            out += "\n    ";
            column = 4;
        } else if (column > 0) {
            out += ' ';
            ++column;
        }
        out += word;
        column += word.size();
    }
    return out;
}

}  // namespace

std::string output_line(std::string_view name, std::string_view value, const PostconfOptions& options) {
    std::string line;
    if (!options.hide_name || options.hide_value) {
        line += name;
    }
    if (!options.hide_name && !options.hide_value) {
        line += value.empty() ? " =" : " = ";
    }
    if (!options.hide_value) {
        line += value;
    }
    return spaced(line, options.fold ? folded_line_length : std::string::npos) + '\n';
}

}  // namespace posthouse::tools
