#include "deliver/smtp/body_encoder.hpp"

#include <utility>

namespace posthouse::deliver {

// Content is well-formed almost always: three searches per line are cheaper than a look at every byte.
bool BodyEncoder::is_plain(std::string_view block) const {
    if (pending_cr_ || block.back() == '\r') {
        return false;
    }
    std::size_t column = column_;
    while (!block.empty()) {
        const std::size_t newline = block.find('\n');
        const std::size_t cr = block.find('\r');
        const std::size_t length = std::min(cr, block.size());
        if (newline == std::string_view::npos ? cr != std::string_view::npos : cr >= newline || cr + 1 != newline) {
            return false;
        }
        if (line_length_max_ > 0 && column + length > line_length_max_) {
            return false;
        }
        if (newline == std::string_view::npos) {
            break;
        }
        block.remove_prefix(newline + 1);
        column = 0;
    }
    return true;
}

void BodyEncoder::append(std::string_view block, std::string& out) {
    if (block.empty()) {
        return;
    }
    if (!is_plain(block)) {
        append_slowly(block, out);
        return;
    }
    const std::size_t newline = block.rfind('\n');
    column_ = newline == std::string_view::npos ? column_ + block.size() : block.size() - newline - 1;
    emit(block, out);
}

void BodyEncoder::emit(std::string_view repaired, std::string& out) {
    if (framing_ == Framing::dot) {
        dots_.append(repaired, out);
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
    emit(repaired, out);
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
