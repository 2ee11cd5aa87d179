#include "deliver/smtp/body_encoder.hpp"

#include <utility>

#include "smtp/regular_lines.hpp"

namespace posthouse::deliver {

// Content is well-formed almost always.
bool BodyEncoder::is_plain(std::string_view block, std::size_t regular) const {
    if (pending_cr_ || block.front() == '\n' || block.back() == '\r') {
        return false;
    }
    return has_paired_line_ends(block.substr(regular)) && fits_line_length(block);
}

// Whether each CR is followed by LF and each LF follows a CR; one at the front belongs to a CR before.
bool BodyEncoder::has_paired_line_ends(std::string_view block) {
    if (block.front() == '\n') {
        block.remove_prefix(1);
    }
    while (!block.empty()) {
        const std::size_t newline = block.find('\n');
        const std::size_t cr = block.find('\r');
        if (newline == std::string_view::npos) {
            return cr == std::string_view::npos;
        }
        if (cr >= newline || cr + 1 != newline) {
            return false;
        }
        block.remove_prefix(newline + 1);
    }
    return true;
}

// Looks for a line end from the longest line that may be backwards: a few looks for thousands of bytes.
bool BodyEncoder::fits_line_length(std::string_view block) const {
    if (line_length_max_ == 0) {
        return true;
    }
    std::size_t column = column_;
    while (column <= line_length_max_) {
        const std::size_t room = line_length_max_ - column;
        if (block.size() <= room) {
            return true;
        }
        const std::size_t newline = block.rfind('\n', room + 1);  // behind the CR
        if (newline == std::string_view::npos) {
            return false;
        }
        block.remove_prefix(newline + 1);
        column = 0;
    }
    return false;
}

void BodyEncoder::append(std::string_view block, std::string& out) {
    if (block.empty()) {
        return;
    }
    const std::size_t regular = smtp::regular_prefix(block);
    if (!is_plain(block, regular)) {
        append_slowly(block, out);
        return;
    }
    const std::size_t newline = block.rfind('\n');
    column_ = newline == std::string_view::npos ? column_ + block.size() : block.size() - newline - 1;
    emit(block, regular, out);
}

void BodyEncoder::emit(std::string_view repaired, std::size_t regular, std::string& out) {
    if (framing_ == Framing::dot) {
        dots_.append(repaired, regular, out);
    } else if (!repaired.empty()) {
        out += repaired;
        at_line_start_ = repaired.back() == '\n';
    }
}

void BodyEncoder::add(char c, std::string& repaired) {
    // The fold is due only when the line really goes on; the blank that continues it counts.
    if (line_length_max_ > 0 && column_ == line_length_max_) {
        repaired += "\r\n ";
        column_ = 1;
    }
    repaired += c;
    ++column_;
}

void BodyEncoder::append_slowly(std::string_view block, std::string& out) {
    std::string repaired;
    repaired.reserve(block.size() + block.size() / 16);
    for (const char c : block) {
        if (c == '\n') {
            repaired += "\r\n";
            column_ = 0;
            pending_cr_ = false;
            continue;
        }
        if (pending_cr_) {
            add(' ', repaired);  // a CR alone is a line end to some servers: nothing may be smuggled behind it
        }
        pending_cr_ = c == '\r';
        if (!pending_cr_) {
            add(c, repaired);
        }
    }
    emit(repaired, 0, out);
}

void BodyEncoder::finish(std::string& out) {
    if (pending_cr_) {
        append_slowly("\n", out);
    }
    if (framing_ == Framing::dot) {
        dots_.finish(out);
    } else if (!std::exchange(at_line_start_, true)) {
        out += "\r\n";
    }
    column_ = 0;
}

}  // namespace posthouse::deliver
