#include "message/mime_walker.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "message/content_type.hpp"

namespace posthouse::message {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view name_of(std::string_view field) { return base::trim_right(field.substr(0, field.find(':'))); }

bool is_about_mime(std::string_view name) {
    static constexpr std::array<std::string_view, 6> names{"content-description", "content-disposition", "content-id", "content-transfer-encoding", "content-type", "mime-version"};
    return std::any_of(names.begin(), names.end(), [&](std::string_view one) { return base::iequals(name, one); });
}

// "Name : a\r\n\tb\r\n" → "Name: a\n\tb".
std::string unfolded(std::string_view field) {
    std::string out(name_of(field));
    field.remove_prefix(std::min(field.find(':'), field.size()));
    for (std::size_t i = 0; i < field.size(); ++i) {
        if (field[i] != '\r' || i + 1 == field.size() || field[i + 1] != '\n') {
            out += field[i];
        }
    }
    if (out.ends_with('\n')) {
        out.pop_back();
    }
    return out;
}

// What mbox files have in front of a header.
bool is_mailbox_line(std::string_view line) { return line.substr(std::min(line.find_first_not_of('>'), line.size())).starts_with("From "); }

}  // namespace

bool is_field_start(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
        return false;
    }
    const std::size_t name_end = line.find_last_not_of(" \t", colon - 1);
    return colon > 0 && name_end != std::string_view::npos &&
           std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(name_end) + 1, [](char c) { return c > ' ' && c < 0x7f; });
}

bool MimeWalker::next(MimePiece& piece) {
    for (;;) {
        if (given_ < ready_.size()) {
            piece = std::move(ready_[given_++]);
            return true;
        }
        ready_.clear();
        given_ = 0;
        if (skim(piece)) {
            return true;
        }
        if (!gather()) {
            return false;
        }
    }
}

// Bodies that nobody wants to see line by line go through in one piece, up to a line that may be a boundary.
bool MimeWalker::skim(MimePiece& piece) {
    if (options_.body_lines == BodyLines::wanted || input_.empty() || !line_.empty() || (state_ != State::body && state_ != State::rest)) {
        return false;
    }
    std::size_t end = input_.size();
    if (state_ == State::body && boundaries_.empty()) {
        state_ = State::rest;
    }
    if (state_ == State::body) {
        if (mid_line_) {
            return false;
        }
        end = 0;
        while (end < input_.size() && input_[end] != '-') {
            const std::size_t newline = input_.find('\n', end);
            if (newline == std::string_view::npos) {
                break;
            }
            end = newline + 1;
        }
        if (end == 0) {
            return false;
        }
    }
    piece = {};
    piece.raw = input_.substr(0, end);
    input_.remove_prefix(end);
    return true;
}

// Lines in pieces of line_length_limit. Two bytes more are awaited, since they may be the line end.
bool MimeWalker::gather() {
    const std::size_t limit = options_.line_length_limit;
    if (input_.empty()) {
        if (!finishing_ || (line_.empty() && field_.empty())) {
            return false;
        }
        if (line_.empty()) {
            emit_field();
        } else {
            const std::size_t count = std::min(limit, line_.size());
            const std::string piece = line_.substr(0, count);
            line_.erase(0, count);
            take(piece, {});
        }
        return true;
    }
    const std::size_t newline = input_.find('\n');
    const std::size_t count = std::min({newline == std::string_view::npos ? input_.size() : newline + 1, limit + 2 - line_.size(), input_.size()});
    line_ += input_.substr(0, count);
    input_.remove_prefix(count);
    const bool complete = line_.ends_with('\n');
    std::string_view text = line_;
    const std::size_t end_size = !complete ? 0 : text.ends_with("\r\n") ? 2 : 1;
    const std::string_view end = text.substr(text.size() - end_size);
    text.remove_suffix(end_size);
    if (text.size() > limit && (complete || line_.size() == limit + 2)) {
        take(text.substr(0, limit), {});
        text.remove_prefix(limit);
        if (!complete) {
            line_.erase(0, limit);
            return true;
        }
    }
    if (complete) {
        take(text, end);
        line_.clear();
    }
    return true;
}

void MimeWalker::take(std::string_view text, std::string_view end) {
    const bool begins = !std::exchange(mid_line_, end.empty());
    if (state_ != State::body && state_ != State::rest) {
        if (!field_.empty() && (!begins || (!text.empty() && is_blank(text[0])))) {
            add_to_field(text, end);
            return;
        }
        if (!begins) {
            pass(text, end);
            return;
        }
        emit_field();
        if (is_field_start(text)) {
            seen_field_ = true;
            add_to_field(text, end);
            return;
        }
        if (state_ == State::primary && !seen_field_ && is_mailbox_line(text)) {
            pass(text, end);
            return;
        }
        end_header(text.empty());
    }
    take_body(text, end, begins);
}

void MimeWalker::pass(std::string_view text, std::string_view end) {
    MimePiece piece;
    piece.raw = text;
    piece.raw += end;
    ready_.push_back(std::move(piece));
}

void MimeWalker::add_to_field(std::string_view text, std::string_view end) {
    for (const std::string_view part : {text, end}) {
        const std::size_t room = options_.header_size_limit.count - std::min<std::size_t>(options_.header_size_limit.count, field_.size());
        truncated_ = truncated_ || part.size() > room;
        field_ += part.substr(0, room);
    }
}

void MimeWalker::emit_field() {
    if (field_.empty()) {
        return;
    }
    if (std::exchange(truncated_, false) && !field_.ends_with('\n')) {
        field_ += field_.ends_with('\r') ? "\n" : "\r\n";
    }
    MimePiece piece;
    piece.text = unfolded(field_);
    const std::string_view name = name_of(piece.text);
    if (options_.mime == Mime::parsed && base::iequals(name, "content-type")) {
        take_content_type(piece.text);
    }
    using Kind = MimePiece::Kind;
    piece.kind = state_ == State::part || is_about_mime(name) ? Kind::mime_header : state_ == State::nested ? Kind::nested_header : Kind::header;
    piece.raw = std::exchange(field_, {});
    ready_.push_back(std::move(piece));
}

void MimeWalker::take_content_type(std::string_view text) {
    ContentType parsed = parse_content_type(text.substr(text.find(':') + 1));
    if (parsed.type.empty()) {
        return;
    }
    follows_ = parsed.is_multipart() ? Follows::multipart : parsed.type == "message" && parsed.subtype == "rfc822" ? Follows::message : Follows::other;
    if (!parsed.is_multipart()) {
        return;
    }
    for (std::string& boundary : parsed.boundaries) {
        if (boundaries_.size() > options_.nesting_limit) {
            too_deep_ = text;
            return;
        }
        boundary.resize(std::min(boundary.size(), options_.boundary_length_limit));
        boundaries_.push_back({std::move(boundary), parsed.subtype == "digest"});
    }
}

void MimeWalker::end_header(bool at_empty_line) {
    const bool message_follows = at_empty_line && options_.mime == Mime::parsed && follows_ == Follows::message;
    state_ = message_follows ? State::nested : State::body;
    offset_ = 0;
    follows_ = message_follows ? Follows::other : follows_;
}

void MimeWalker::take_body(std::string_view text, std::string_view end, bool begins) {
    if (begins && text.starts_with("--")) {
        find_boundary(text);
    }
    MimePiece piece;
    piece.kind = MimePiece::Kind::body;
    piece.text = text;
    piece.raw = text;
    piece.raw += end;
    piece.offset = offset_;
    piece.begins_line = begins;
    piece.ends_line = !end.empty();
    offset_ += text.size() + 1;
    ready_.push_back(std::move(piece));
}

void MimeWalker::find_boundary(std::string_view line) {
    line.remove_prefix(2);
    for (std::size_t i = boundaries_.size(); i > 0; --i) {
        const Boundary& boundary = boundaries_[i - 1];
        // What follows it is of no interest, as in Postfix: mail programs put blanks there, and our copy may be shortened.
        if (!line.starts_with(boundary.text)) {
            continue;
        }
        const bool last = line.substr(boundary.text.size()).starts_with("--");
        state_ = last ? State::body : State::part;
        follows_ = !last && boundary.digest ? Follows::message : Follows::other;
        offset_ = 0;
        boundaries_.resize(last ? i - 1 : i);
        return;
    }
}

}  // namespace posthouse::message
