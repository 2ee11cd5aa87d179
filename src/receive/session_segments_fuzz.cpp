// Whatever way a client's bytes are cut into segments: the same replies, the same mail, the same log. And whatever the bytes
// are, no reply has a line of the client's making, and content is CRLF lines.
#include "receive/session_segments_test.hpp"

namespace {

using posthouse::receive::scripted::Seen;
using posthouse::receive::scripted::SegmentedSession;
using Rule = posthouse::receive::SmtpdSettings::ForbidBareNewline;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Every line a peer reads is "250-..." or "250 ...".
void check_replies(std::string_view replies) {
    while (!replies.empty()) {
        const std::size_t end = replies.find("\r\n");
        PH_ASSERT(end != std::string_view::npos && end >= 3);
        const std::string_view line = replies.substr(0, end);
        PH_ASSERT(is_digit(line[0]) && is_digit(line[1]) && is_digit(line[2]) && (end == 3 || line[3] == ' ' || line[3] == '-'));
        PH_ASSERT(line.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
        replies.remove_prefix(end + 2);
    }
}

void check_content(std::string_view content) {
    PH_ASSERT(content.starts_with("Received:") && content.ends_with("\r\n"));
    for (std::size_t i = 0; i < content.size(); ++i) {
        PH_ASSERT(content[i] != '\n' || content[i - 1] == '\r');
        PH_ASSERT(content[i] != '\r' || content[i + 1] == '\n');
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    if (size < 5 || size > 8192) {
        return 0;
    }
    const std::string input(data, data + size);
    SegmentedSession session;
    static constexpr Rule rules[] = {Rule::normalize, Rule::no, Rule::note, Rule::reject};
    session.bare_newline = rules[input[0] & 3];
    session.is_proxy = (input[0] & 4) != 0;
    session.line_length_limit = (input[0] & 8) != 0 ? 64 : 2048;
    std::string sizes = input.substr(1, 3);
    if ((input[0] & 16) != 0) {
        for (char& length : sizes) {
            length = static_cast<char>(length & 7);
        }
    }
    const std::string_view bytes = std::string_view(input).substr(4);
    const Seen whole = session.play(bytes, {});
    PH_ASSERT(whole == session.play(bytes, sizes));
    check_replies(whole.replies);
    for (const std::string& content : whole.contents) {
        check_content(content);
    }
    return 0;
}
