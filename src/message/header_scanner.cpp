#include "message/header_scanner.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/text.hpp"

namespace posthouse::message {
namespace {

constexpr std::size_t npos = std::string_view::npos;

constexpr std::size_t quotes_max = 64;  // '>' in front of "From "; ours, each is looked at again for each byte

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

/// RFC 5322 §3.6.8 ftext: printable ASCII without the colon.
bool is_name_byte(char c) {
    return c > ' ' && c < 0x7f && c != ':';
}

}  // namespace

std::string HeaderField::value() const {
    std::string_view rest(text);
    const std::size_t colon = rest.find(':');
    rest = colon == npos ? std::string_view() : base::trim(rest.substr(colon + 1));
    std::string out;
    std::copy_if(rest.begin(), rest.end(), std::back_inserter(out), [](char c) { return c != '\r' && c != '\n'; });
    return out;
}

std::size_t HeaderScanner::feed(std::string_view block, std::vector<HeaderField>& fields) {
    std::size_t at = 0;
    while (at < block.size() && end_ == End::none) {
        const std::size_t lf = block.find('\n', at);
        const std::size_t line_end = lf == npos ? block.size() : lf + 1;
        if (line_ != Line::undecided) {
            add(block.substr(at, line_end - at));
            at = line_end;
            line_ = lf == npos ? line_ : Line::undecided;
            continue;
        }
        // Byte by byte only until the kind of the line is clear: the name and its colon.
        const std::size_t line_start_in_block = undecided_.empty() ? at : npos;
        Line line = Line::undecided;
        while (at < line_end && line == Line::undecided) {
            undecided_ += block[at++];
            line = classify();
        }
        if (line == Line::body) {
            if (line_start_in_block != npos) {
                undecided_.clear();
                return stop(End::no_header, line_start_in_block, fields);
            }
            // The line began in an earlier block. Hand back what that block brought and what this one did.
            body_start_ = std::move(undecided_);
            undecided_.clear();
            return stop(End::no_header, at, fields);
        }
        if (line == Line::empty) {
            undecided_.clear();
            return stop(End::empty_line, at, fields);
        }
        if (line != Line::undecided) {
            begin_line(line, fields);
            line_ = undecided_.ends_with('\n') ? Line::undecided : line;
            undecided_.clear();
        }
    }
    return at;
}

HeaderScanner::Line HeaderScanner::classify() const {
    const char c = undecided_.back();
    if (undecided_.size() <= 2 && c == '\n' && (undecided_.size() == 1 || undecided_[0] == '\r')) {
        return Line::empty;
    }
    if (undecided_.size() == 1 && is_blank(c)) {
        return seen_field_ ? Line::continuation : Line::body;
    }
    if (undecided_[0] == '\r') {
        return undecided_.size() == 1 ? Line::undecided : Line::body;
    }
    if (!seen_field_) {
        const Line start = classify_start();
        if (start != Line::body) {
            return start;
        }
    }
    if (c == ':') {
        // White space between name and colon is obsolete (RFC 5322 §4.5) but allowed; an empty name is not.
        return is_name_byte(undecided_[0]) ? Line::field : Line::body;
    }
    const char previous = undecided_.size() > 1 ? undecided_[undecided_.size() - 2] : 'x';
    const bool is_name_so_far = is_blank(c) || (is_name_byte(c) && !is_blank(previous));
    return is_name_so_far && undecided_.size() < name_length_max ? Line::undecided : Line::body;
}

/// In front of the header: Line::mailbox, Line::undecided if it may still become one, Line::body if it is something
/// else.
HeaderScanner::Line HeaderScanner::classify_start() const {
    const std::size_t quotes = std::min(undecided_.find_first_not_of('>'), undecided_.size());
    const std::string_view rest = std::string_view(undecided_).substr(quotes);
    constexpr std::string_view from = "From ";
    if (rest.starts_with(from)) {
        return Line::mailbox;
    }
    return from.starts_with(rest) && quotes < quotes_max ? Line::undecided : Line::body;
}

void HeaderScanner::begin_line(Line line, std::vector<HeaderField>& fields) {
    if (line == Line::continuation) {
        add(undecided_);
        return;
    }
    emit(fields);
    if (line == Line::mailbox) {
        field_ = HeaderField{"Mailbox-Line", "Mailbox-Line: ", false};
    } else {
        const std::string_view name = std::string_view(undecided_).substr(0, undecided_.size() - 1);
        field_ = HeaderField{std::string(base::trim_right(name)), {}, false};
        seen_field_ = true;
    }
    add(undecided_);
}

void HeaderScanner::add(std::string_view bytes) {
    const std::size_t limit = static_cast<std::size_t>(options_.header_size_limit.count);
    const std::size_t room = limit - std::min(limit, field_->text.size());
    field_->truncated = field_->truncated || bytes.size() > room;
    field_->text.append(bytes.substr(0, room));
}

void HeaderScanner::emit(std::vector<HeaderField>& fields) {
    auto field = std::exchange(field_, std::nullopt);
    if (!field || (!seen_field_ && options_.mailbox_line == MailboxLine::skip)) {
        return;
    }
    if (!field->text.ends_with('\n')) {  // truncated, or the content ended inside the line
        if (field->text.ends_with('\r')) {
            field->text.pop_back();
        }
        field->text += "\r\n";
    }
    fields.push_back(std::move(*field));
}

std::size_t HeaderScanner::stop(End end, std::size_t consumed, std::vector<HeaderField>& fields) {
    emit(fields);
    end_ = end;
    return consumed;
}

void HeaderScanner::finish(std::vector<HeaderField>& fields) {
    if (end_ != End::none) {
        return;
    }
    emit(fields);
    body_start_ = std::exchange(undecided_, {});
    end_ = body_start_.empty() ? End::end_of_data : End::no_header;
}

std::string HeaderScanner::take_body_start() {
    return std::exchange(body_start_, {});
}

}  // namespace posthouse::message
