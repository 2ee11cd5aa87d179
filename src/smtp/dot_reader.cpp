#include "smtp/dot_reader.hpp"

#include "base/assert.hpp"
#include "smtp/regular_lines.hpp"

namespace posthouse::smtp {
namespace {

constexpr std::size_t npos = std::string_view::npos;

// A run of CRs is held back as a number until we know whether an LF follows; ours, so that it has a bound.
constexpr std::size_t pending_crs_max = 998;

}  // namespace

DotReader::Fed DotReader::feed(std::string_view bytes, std::string& content) {
    const std::size_t before = content.size();
    const Fed fed = scan(bytes, content);
    content_size_ += content.size() - before;
    return fed;
}

// Regular content passes in large steps. Elsewhere: find LF, see CR before it, look at the first byte of the next line.
// Whatever stays as it is between two changes is appended as one span.
DotReader::Fed DotReader::scan(std::string_view bytes, std::string& content) {
    std::size_t at = 0;
    std::size_t span = 0;        // start of what is not appended yet
    std::size_t next_lf = npos;  // kept, so that many bare CRs before one LF do not search for it again and again
    bool lf_is_known = false;
    while (at < bytes.size()) {
        switch (state_) {
            case State::line_start:
                state_ = State::in_line;
                if (bytes[at] == '.' && options_.framing == Framing::dot) {
                    content.append(bytes, span, at - span);
                    span = ++at;
                    state_ = State::after_dot;
                }
                break;
            case State::after_dot:
                state_ = State::in_line;
                if (bytes[at] == '\r') {
                    span = ++at;
                    state_ = State::after_dot_cr;
                } else if (bytes[at] == '\n' && options_.bare_newline == BareNewline::permitted) {
                    saw_bare_newline_ = true;
                    return {at + 1, Progress::done};
                }
                break;
            case State::after_dot_cr:
                if (bytes[at] == '\n' && (previous_line_end_ == LineEnd::crlf || options_.bare_newline == BareNewline::permitted)) {
                    return {at + 1, Progress::done};
                }
                pending_crs_ = 1;
                state_ = State::after_cr;
                break;
            case State::after_cr:
                span = at = scan_cr_run(bytes, at, content);
                break;
            case State::in_line: {
                if (const std::size_t regular = bytes[at] == '\n' ? 0 : regular_prefix(bytes.substr(at)); regular > 0) {
                    // A CR at its end has its LF right behind it; both go together.
                    at += regular + (bytes[at + regular - 1] == '\r' ? 1 : 0);
                    if (bytes[at - 1] == '\n') {
                        previous_line_end_ = LineEnd::crlf;
                        state_ = State::line_start;
                    }
                    break;
                }
                if (!lf_is_known || (next_lf != npos && next_lf < at)) {
                    next_lf = bytes.find('\n', at);
                    lf_is_known = true;
                }
                const std::size_t end = next_lf == npos ? bytes.size() : next_lf;
                const std::size_t cr = bytes.substr(at, end - at).find('\r');
                if (cr != npos && at + cr + 1 == next_lf) {
                    at = next_lf + 1;
                    previous_line_end_ = LineEnd::crlf;
                    state_ = State::line_start;
                } else if (cr != npos) {
                    content.append(bytes, span, at + cr - span);
                    span = at = at + cr + 1;
                    pending_crs_ = 1;
                    state_ = State::after_cr;
                } else if (next_lf == npos) {
                    at = bytes.size();
                } else {
                    content.append(bytes, span, next_lf - span).append("\r\n");
                    span = at = next_lf + 1;
                    previous_line_end_ = LineEnd::bare_lf;
                    state_ = State::line_start;
                    saw_bare_newline_ = true;
                }
                break;
            }
        }
    }
    content.append(bytes, span);
    return {bytes.size(), Progress::need_more};
}

/// One step in a run of CRs; returns where to go on.
std::size_t DotReader::scan_cr_run(std::string_view bytes, std::size_t at, std::string& content) {
    if (bytes[at] == '\n') {
        content += "\r\n";
        pending_crs_ = 0;
        previous_line_end_ = LineEnd::crlf;
        state_ = State::line_start;
        return at + 1;
    }
    if (bytes[at] == '\r' && pending_crs_ < pending_crs_max) {
        ++pending_crs_;
        return at + 1;
    }
    content.append(pending_crs_, ' ');
    pending_crs_ = 0;
    state_ = State::in_line;
    return at;
}

void DotReader::finish(std::string& content) {
    PH_ASSERT(options_.framing == Framing::counted);
    if (state_ != State::line_start) {
        content += "\r\n";
        content_size_ += 2;
        pending_crs_ = 0;
        state_ = State::line_start;
    }
}

}  // namespace posthouse::smtp
