#pragma once
// What was said in a session, for a notice to the postmaster.
#include <cstddef>
#include <string>
#include <string_view>

#include "smtp/command_parser.hpp"

namespace posthouse::receive {

class Transcript {
public:
    /// A command line. What follows AUTH's mechanism is a secret and is left out.
    void heard(std::string_view line, smtp::Verb verb);
    /// A reply as it goes over the wire, all its lines.
    void said(std::string_view wire);
    void clear();

    /// Lines " In:  …" and " Out: …", LF at their ends, as the client wrote them.
    [[nodiscard]] const std::string& text() const { return text_; }
    /// Commands and replies.
    [[nodiscard]] std::size_t count() const { return count_; }

private:
    // Ours: beyond it nothing is noted. A client may talk for hours.
    static constexpr std::size_t size_max = 64 * 1024;

    void add(std::string_view mark, std::string_view line);

    std::string text_;
    std::size_t count_ = 0;
};

}  // namespace posthouse::receive
