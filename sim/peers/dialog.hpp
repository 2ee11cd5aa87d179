#pragma once
// Lines and replies of SMTP as scripted peers see them; deliberately independent of the server's own parsers.
#include <string>
#include <string_view>

#include "world/buffered_stream.hpp"

namespace posthouse::sim {

struct PeerReply {
    int code = 0;
    std::string text;  // all lines, joined by LF
};

/// A whole, possibly multi-line, reply. Anything malformed is ErrorKind::invalid.
world::Task<base::Result<PeerReply>> read_reply(world::BufferedStream& stream, world::Deadline deadline);
/// One command and its reply.
world::Task<base::Result<PeerReply>> command(world::BufferedStream& stream, std::string line, world::Deadline deadline);
/// Content up to the lone dot, unstuffed, CRLF lines.
world::Task<base::Result<std::string>> read_content(world::BufferedStream& stream, world::Deadline deadline);
/// Content of BDAT: `size` bytes, whatever they are.
world::Task<base::Result<std::string>> read_chunk(world::BufferedStream& stream, std::size_t size, world::Deadline deadline);
/// Dot-stuffed, with the final dot.
[[nodiscard]] std::string stuffed(std::string_view content);
/// "user@example.net" of "RCPT TO:<user@example.net> NOTIFY=…".
[[nodiscard]] std::string path_of(std::string_view command_line);

}  // namespace posthouse::sim
