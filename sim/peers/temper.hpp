#pragma once
// Temper: how an SMTP server of the outside world misbehaves, in parts per thousand of the occasions, and the shapes that its
// replies take.
#include <string>
#include <string_view>

#include "sim/sim_random.hpp"

namespace posthouse::sim {

enum class Stage : std::uint8_t { greeting, ehlo, mail, rcpt, data, content };

struct Temper {
    // By stage: 4yz, 421 and the connection closes, 5yz, the connection breaks without a word.
    unsigned temporary_per_mille[6] = {};
    unsigned goodbye_per_mille[6] = {};
    unsigned permanent_per_mille[6] = {};
    unsigned break_per_mille[6] = {};
    // Of replies:
    unsigned many_lines_per_mille = 0;
    unsigned huge_per_mille = 0;     // hundreds of lines
    unsigned garbage_per_mille = 0;  // what is no reply
    unsigned bare_lf_per_mille = 0;  // lines end with LF alone
    unsigned drip_per_mille = 0;     // a few bytes at a time, with pauses
    // Of sessions:
    unsigned half_close_per_mille = 0;  // after some command it sends its end and goes on reading
    unsigned slow_reader_per_mille = 0;
    unsigned starttls_refused_per_mille = 0;  // 454 to STARTTLS
    unsigned starttls_garbage_per_mille = 0;  // 220, then no handshake
    bool greylists = false;                   // 450 until five minutes after the first try
};

/// What is said instead of the good reply at this stage.
struct Refusal {
    enum class Kind : std::uint8_t { none, temporary, goodbye, permanent, break_off } kind = Kind::none;
    std::string reply;
};
[[nodiscard]] Refusal refusal_at(Stage stage, const Temper& temper, SimRandom& random);

struct ShapedReply {
    std::string bytes;      // with line ends
    bool understood = true; // a client may take it for what it was meant to be
    bool drips = false;
};
/// `text`: lines joined by CRLF, without the last one.
[[nodiscard]] ShapedReply shaped(std::string text, const Temper& temper, SimRandom& random);

}  // namespace posthouse::sim
