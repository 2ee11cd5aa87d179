#include "message/mime_downgrade.hpp"

#include "base/text.hpp"
#include "message/content_type.hpp"

namespace posthouse::message {

namespace {

std::string_view without_line_end(std::string_view line) {
    if (line.ends_with('\n')) {
        line.remove_suffix(1);
    }
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    return line;
}

}  // namespace

void MimeDowngrade::feed(std::string_view block, std::string& out) {
    while (!block.empty()) {
        block.remove_prefix(in_header_ ? feed_header(block, out) : feed_body(block, out));
    }
}

void MimeDowngrade::finish(std::string& out) {
    if (in_header_) {
        fields_.clear();
        scanner_.finish(fields_);
        for (const HeaderField& field : fields_) {
            take(field, out);
        }
        end_header(out);
        const std::string start = scanner_.take_body_start();
        if (!in_header_ && !start.empty()) {
            feed(start, out);
        }
    }
    if (!line_.empty()) {
        end_of_line_or_piece(true, out);
    }
}

std::size_t MimeDowngrade::feed_header(std::string_view block, std::string& out) {
    fields_.clear();
    const std::size_t used = scanner_.feed(block, fields_);
    for (const HeaderField& field : fields_) {
        take(field, out);
    }
    if (scanner_.end() != HeaderScanner::End::none) {
        const std::string start = scanner_.take_body_start();
        end_header(out);
        feed(start, out);
    }
    return used;
}

void MimeDowngrade::take(const HeaderField& field, std::string& out) {
    if (base::iequals(field.name, "Content-Transfer-Encoding")) {
        const std::string value = field.value();
        if (base::iequals(value, "8bit") || base::iequals(value, "binary")) {
            entity_.eight_bit = true;
            return;
        }
    } else if (base::iequals(field.name, "Content-Type")) {
        take_content_type(field.value());
    }
    out += field.text;
}

void MimeDowngrade::take_content_type(const std::string& value) {
    ContentType type = parse_content_type(value);
    if (type.is_multipart()) {
        entity_.kind = Entity::Kind::multipart;
        entity_.boundary = type.boundaries.empty() ? std::string() : std::move(type.boundaries.front());
    } else if (type.type == "message" && (type.subtype == "rfc822" || type.subtype == "global")) {
        entity_.kind = Entity::Kind::message;
    } else {
        entity_.kind = Entity::Kind::leaf;
    }
}

void MimeDowngrade::begin_header() {
    in_header_ = true;
    encodes_ = false;
    scanner_ = HeaderScanner();
    entity_ = {};
}

void MimeDowngrade::end_header(std::string& out) {
    const bool has_boundary = !entity_.boundary.empty() && entity_.boundary.size() < line_start_max / 2;
    const bool walks_parts = entity_.kind == Entity::Kind::multipart && has_boundary && boundaries_.size() < nesting_max;
    const bool walks_message = entity_.kind == Entity::Kind::message && scanner_.end() == HeaderScanner::End::empty_line;
    if (entity_.eight_bit) {
        // RFC 2045 §6.4: only a part without parts of its own may be encoded. What passes as it is keeps its label.
        const bool is_leaf = entity_.kind == Entity::Kind::leaf;
        out += is_leaf ? "Content-Transfer-Encoding: quoted-printable\r\n" : walks_parts || walks_message ? "Content-Transfer-Encoding: 7bit\r\n" : "Content-Transfer-Encoding: 8bit\r\n";
    }
    in_header_ = false;
    at_line_start_ = true;
    owes_empty_line_ = scanner_.end() == HeaderScanner::End::no_header;
    if (scanner_.end() == HeaderScanner::End::empty_line) {
        out += "\r\n";
    }
    encodes_ = entity_.eight_bit && entity_.kind == Entity::Kind::leaf;
    if (walks_parts) {
        boundaries_.push_back(std::move(entity_.boundary));
    } else if (walks_message) {
        begin_header();
    }
}

std::size_t MimeDowngrade::feed_body(std::string_view block, std::string& out) {
    const std::size_t newline = block.find('\n');
    const std::size_t room = line_start_max - line_.size();
    const std::size_t count = std::min({newline == std::string_view::npos ? block.size() : newline + 1, room, block.size()});
    line_ += block.substr(0, count);
    if (line_.ends_with('\n')) {
        end_of_line_or_piece(true, out);
    } else if (line_.size() == line_start_max) {
        end_of_line_or_piece(false, out);
    }
    return count;
}

void MimeDowngrade::end_of_line_or_piece(bool complete, std::string& out) {
    const std::string_view text = without_line_end(line_);
    if (at_line_start_ && complete && take_boundary(text, out)) {
        line_.clear();
        return;
    }
    if (std::exchange(owes_empty_line_, false)) {
        out += "\r\n";
    }
    // The last bytes of a piece wait for the next one: they may be white space before the line end, or half of it.
    constexpr std::size_t kept = 2;
    const std::string_view now = complete ? std::string_view(line_) : std::string_view(line_).substr(0, line_.size() - kept);
    if (!encodes_) {
        out += now;
    } else if (complete) {
        encoder_.append(text, QuotedPrintable::Piece::ends_line, out);
    } else {
        encoder_.append(now, QuotedPrintable::Piece::goes_on, out);
    }
    line_.erase(0, now.size());
    at_line_start_ = complete;
}

bool MimeDowngrade::take_boundary(std::string_view line, std::string& out) {
    if (!line.starts_with("--")) {
        return false;
    }
    const std::string_view name = base::trim_right(line.substr(2));
    for (std::size_t i = boundaries_.size(); i > 0; --i) {
        const std::string& boundary = boundaries_[i - 1];
        if (!name.starts_with(boundary) || (name.size() != boundary.size() && name.substr(boundary.size()) != "--")) {
            continue;
        }
        const bool last = name.size() != boundary.size();
        boundaries_.resize(last ? i - 1 : i);
        owes_empty_line_ = false;
        out += line_;
        encodes_ = false;
        if (!last) {
            begin_header();
        }
        return true;
    }
    return false;
}

}  // namespace posthouse::message
