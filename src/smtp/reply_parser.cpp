#include "smtp/reply_parser.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace posthouse::smtp {
namespace {

bool starts_with_code(std::string_view line) {
    return line.size() >= 3 && base::is_digit(line[0]) && base::is_digit(line[1]) && base::is_digit(line[2]) &&
           (line.size() == 3 || line[3] == ' ' || line[3] == '-');
}

std::string_view without_code(std::string_view line) {
    return starts_with_code(line) ? line.substr(std::min<std::size_t>(4, line.size())) : line;
}

}  // namespace

std::string RemoteReply::text_joined() const {
    std::string out;
    for (const auto& line : raw_lines) {
        if (!out.empty()) {
            out += ' ';
        }
        out += line;
    }
    return out;
}

std::string_view RemoteReply::line_text(std::size_t i) const {
    return i < raw_lines.size() ? without_code(raw_lines[i]) : std::string_view();
}

EnhancedStatus RemoteReply::status_or_default() const {
    return status.value_or(EnhancedStatus{static_cast<std::uint16_t>(code_class()), 0, 0});
}

ReplyParser::Progress ReplyParser::feed(std::string_view line) {
    if (++line_count_ > line_count_max) {
        return Progress::malformed;
    }
    line = base::cut(line, line_length_max);
    keep(line);
    if (!starts_with_code(line)) {
        return garbage_ == Garbage::malformed ? Progress::malformed : Progress::need_more;
    }
    reply_.code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    if (const auto status = split_status(base::trim_left(without_code(line))).status) {
        reply_.status = status;
    }
    if (line.size() > 3 && line[3] == '-') {
        return Progress::need_more;
    }
    if (reply_.status && reply_.status->status_class != reply_.code / 100) {
        reply_.status.reset();  // a code of another class would turn a bounce into a delivery in reports
    }
    return Progress::complete;
}

RemoteReply ReplyParser::take() {
    line_count_ = text_length_ = 0;
    return std::exchange(reply_, {});
}

void ReplyParser::keep(std::string_view line) {
    if (text_length_ >= line_length_max) {
        return;
    }
    text_length_ += line.size();
    reply_.raw_lines.push_back(base::printable(line));
}

}  // namespace posthouse::smtp
