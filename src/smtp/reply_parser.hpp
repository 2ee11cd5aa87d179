#pragma once
// The client's side of a reply: lines in, one RemoteReply out. As tolerant as Postfix, but bounded.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "smtp/enhanced_status.hpp"

namespace posthouse::smtp {

struct RemoteReply {
    int code = 0;
    std::optional<EnhancedStatus> status;  // of the last line that has one, and only if its class agrees with the code
    std::vector<std::string> raw_lines;    // as received without CRLF, control bytes replaced by '?'

    /// The class of the code: 2, 3, 4, 5, or something a caller must treat as a transient failure.
    [[nodiscard]] int code_class() const { return code / 100; }
    /// All lines with their codes joined by one space: what logs and Diagnostic-Code show.
    [[nodiscard]] std::string text_joined() const;
    /// Text of one line without code and separator ("" if there is none). The view lives as long as this reply.
    [[nodiscard]] std::string_view line_text(std::size_t i) const;
    /// status, or "<class>.0.0" when the server gave none.
    [[nodiscard]] EnhancedStatus status_or_default() const;

    friend bool operator==(const RemoteReply&, const RemoteReply&) = default;
};

class ReplyParser {
public:
    enum class Progress { need_more, complete, malformed };
    /// What to do with a line that does not start with a reply code. With pipelining it must be an error, because
    /// ignoring one would pair all later replies with the wrong commands.
    enum class Garbage { skip, malformed };

    // A server can stretch a multi-line reply for ever, and its text is kept once for each recipient it is about. As in
    // Postfix, smtp(8), lines are kept until there are line_length_max bytes of them; what follows is read and dropped.
    static constexpr std::size_t line_count_max = 1000;   // ours: lines beyond it are fatal
    static constexpr std::size_t line_length_max = 2048;  // Postfix line_length_limit; what is beyond it is dropped
    static constexpr std::size_t text_length_max = 2 * line_length_max;  // without the spaces that join lines

    explicit ReplyParser(Garbage garbage = Garbage::skip) : garbage_(garbage) {}

    /// One line without its CRLF. After `complete`, take() gives the reply and the parser is ready for the next one.
    [[nodiscard]] Progress feed(std::string_view line);
    [[nodiscard]] RemoteReply take();

private:
    void keep(std::string_view line);

    Garbage garbage_;
    RemoteReply reply_;
    std::size_t line_count_ = 0;
    std::size_t text_length_ = 0;
};

}  // namespace posthouse::smtp
