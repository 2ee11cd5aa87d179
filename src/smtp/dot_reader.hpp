#pragma once
// Mail data as a server receives it (RFC 5321 §4.1.1.4, §4.5.2), turned into content: lines that each end in CRLF, with
// no other CR or LF and without dot-stuffing. All later stages may rely on that form; DotWriter sends it out.
//
// SMTP smuggling: servers disagree on whether LF.LF, LF.CRLF or CRLF.LF end the data. A message may pass through one
// server as a single message, hidden end and all, and be taken by the next as two, the second one forged with the
// first server's authority. Two rules close that, in and out:
//  - only CRLF.CRLF ends the data (but see BareNewline::permitted). A dot at the start of any line, whatever ended the
//    line before, is dropped as stuffing, so "LF.LF" becomes an empty line;
//  - no bare CR or LF is ever passed on: a bare LF becomes CRLF, CRs in front of an LF are dropped, and any other CR
//    becomes a space (cleanup_replace_stray_cr_lf).
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace posthouse::smtp {

enum class BareNewline : std::uint8_t {
    normalize,  // a bare LF ends a line like CRLF, but never the data (smtpd_forbid_bare_newline = normalize, note, reject)
    permitted,  // it may end the data too: LF.LF, CRLF.LF, LF.CRLF (= no). Who smuggles into us this way gets in; what we
                // send on is in the one form above all the same, so nobody is smuggled to through us
};
enum class Framing {
    dot,      // DATA: stuffed, ended by CRLF.CRLF
    counted,  // BDAT, local submission: the caller knows where the data ends and calls finish()
};

class DotReader {
public:
    enum class Progress {
        need_more,
        done,  // end of data; `consumed` counts it in, what follows are commands
    };
    struct Fed {
        std::size_t consumed = 0;
        Progress progress = Progress::need_more;
    };
    struct Options {
        Framing framing = Framing::dot;
        BareNewline bare_newline = BareNewline::normalize;
    };

    DotReader() : DotReader(Options{}) {}
    explicit DotReader(Options options) : options_(options) {}

    /// Appends the content of `bytes` to `content`: at most 2 × bytes.size() + 1000. The result is the same for every
    /// way to cut the input into pieces. Not to be called again after done.
    [[nodiscard]] Fed feed(std::string_view bytes, std::string& content);
    /// Framing::counted: the data ends here; completes the last line.
    void finish(std::string& content);

    /// Bytes of content appended so far, all calls together.
    [[nodiscard]] std::uint64_t content_size() const { return content_size_; }
    /// Whether any line ended in a bare LF.
    [[nodiscard]] bool saw_bare_newline() const { return saw_bare_newline_; }

private:
    enum class State : std::uint8_t { line_start, after_dot, after_dot_cr, in_line, after_cr };
    enum class LineEnd : std::uint8_t { crlf, bare_lf };

    Fed scan(std::string_view bytes, std::string& content);
    std::size_t scan_cr_run(std::string_view bytes, std::size_t at, std::string& content);

    Options options_;
    State state_ = State::line_start;
    LineEnd previous_line_end_ = LineEnd::crlf;  // data starts after the CRLF of the DATA command
    bool saw_bare_newline_ = false;
    std::size_t pending_crs_ = 0;  // in after_cr: CRs seen whose meaning the next byte decides
    std::uint64_t content_size_ = 0;
};

}  // namespace posthouse::smtp
