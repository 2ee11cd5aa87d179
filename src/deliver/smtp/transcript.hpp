#pragma once
// What was said in a session to a server, for a notice to the postmaster (notify_classes), and whether there is trouble.
#include <cstddef>
#include <string>
#include <string_view>

#include "smtp/reply_parser.hpp"

namespace posthouse::deliver {

class Transcript {
public:
    /// Our command, without what nobody should read.
    void said(std::string_view line) { add(" Out: ", line); }
    /// A line of a reply.
    void heard(std::string_view line) { add(" In:  ", line); }

    enum class Trouble : std::uint8_t { none, protocol, resource };
    void note(Trouble trouble) { trouble_ = trouble_ == Trouble::none ? trouble : trouble_; }
    [[nodiscard]] Trouble trouble() const { return trouble_; }
    [[nodiscard]] const std::string& text() const { return text_; }
    void clear() {
        text_.clear();
        trouble_ = Trouble::none;
    }

private:
    // Ours: beyond it nothing is noted. A server may talk for hours.
    static constexpr std::size_t size_max = 64 * 1024;

    void add(std::string_view mark, std::string_view line) {
        if (text_.size() + mark.size() + line.size() < size_max) {
            text_.append(mark).append(line).append("\r\n");
        }
    }

    std::string text_;
    Trouble trouble_ = Trouble::none;
};

/// A refusal that says that we, or the server, do not speak SMTP well: x0z, "command not known, not now, not so" (RFC 5321
/// §4.2.2), and codes that no refusal has.
[[nodiscard]] inline bool is_protocol_trouble(const smtp::RemoteReply& reply) {
    return reply.code < 400 || reply.code > 599 || reply.code == 555 || (reply.code >= 500 && reply.code < 510);
}

}  // namespace posthouse::deliver
