#include "sim/peers/dialog.hpp"

#include "base/text.hpp"

namespace posthouse::sim {

using base::ErrorKind;
using world::BufferedStream;
using world::Deadline;
using world::Task;

namespace {
constexpr std::size_t reply_line_max = 2048;
constexpr std::size_t content_line_max = 100'000;
}  // namespace

Task<base::Result<PeerReply>> read_reply(BufferedStream& stream, Deadline deadline) {
    PeerReply reply;
    for (;;) {
        const auto line = co_await stream.read_line(reply_line_max, deadline);
        if (!line) {
            co_return std::unexpected(line.error());
        }
        const std::string& text = line->text;
        const auto code = base::parse_number(text.substr(0, 3));
        if (!code || line->too_long || (text.size() > 3 && text[3] != ' ' && text[3] != '-')) {
            co_return base::fail(ErrorKind::invalid, "malformed reply: " + text);
        }
        reply.code = static_cast<int>(*code);
        reply.text += text + '\n';
        if (text.size() <= 3 || text[3] == ' ') {
            co_return std::move(reply);
        }
    }
}

Task<base::Result<PeerReply>> command(BufferedStream& stream, std::string line, Deadline deadline) {
    stream.queue(line + "\r\n");
    const auto sent = co_await stream.flush(deadline);
    if (!sent) {
        co_return std::unexpected(sent.error());
    }
    auto reply = co_await read_reply(stream, deadline);
    co_return std::move(reply);
}

Task<base::Result<std::string>> read_content(BufferedStream& stream, Deadline deadline) {
    std::string content;
    for (;;) {
        const auto line = co_await stream.read_line(content_line_max, deadline);
        if (!line) {
            co_return std::unexpected(line.error());
        }
        if (line->text == ".") {
            co_return std::move(content);
        }
        content += line->text.substr(line->text.starts_with('.') ? 1 : 0) + "\r\n";
    }
}

Task<base::Result<std::string>> read_chunk(BufferedStream& stream, std::size_t size, Deadline deadline) {
    while (stream.buffered().size() < size) {
        const auto more = co_await stream.fill(deadline);
        if (!more) {
            co_return std::unexpected(more.error());
        }
        if (!*more) {
            co_return base::fail(base::ErrorKind::closed, "the end of the stream inside of a chunk");
        }
    }
    std::string content(stream.buffered().substr(0, size));
    stream.consume(size);
    co_return std::move(content);
}

std::string stuffed(std::string_view content) {
    std::string out;
    bool line_start = true;
    for (const char c : content) {
        if (line_start && c == '.') {
            out += '.';
        }
        out += c;
        line_start = c == '\n';
    }
    return out + ".\r\n";
}

std::string path_of(std::string_view command_line) {
    const std::size_t open = command_line.find('<');
    const std::size_t close = command_line.find('>');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
        return "";
    }
    return std::string(command_line.substr(open + 1, close - open - 1));
}

}  // namespace posthouse::sim
