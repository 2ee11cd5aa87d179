#include "smtp/dot_writer.hpp"

#include "smtp/regular_lines.hpp"

namespace posthouse::smtp {

void DotWriter::append(std::string_view block, std::string& out) { append(block, regular_prefix(block), out); }

void DotWriter::append(std::string_view block, std::size_t regular, std::string& out) {
    if (block.empty()) {
        return;
    }
    if (block.front() == '.' && last_ == Last::line_end) {
        out += '.';
    }
    std::size_t span = 0;
    // Lines that start with a dot are rare: one search over the whole block finds them.
    for (std::size_t at = block.find("\n.", regular); at != std::string_view::npos; at = block.find("\n.", at + 1)) {
        out.append(block, span, at + 1 - span).append(1, '.');
        span = at + 1;
    }
    out.append(block, span);
    const char last = block.back();
    if (last == '\n') {
        last_ = Last::line_end;
    } else {
        last_ = last == '\r' ? Last::cr : Last::other;
    }
}

void DotWriter::finish(std::string& out) {
    if (last_ != Last::line_end) {
        out += last_ == Last::cr ? "\n" : "\r\n";
    }
    out += ".\r\n";
    last_ = Last::line_end;
}

}  // namespace posthouse::smtp
