#pragma once
// The milter protocol of Sendmail, as bytes: packets, what is negotiated, what a milter answers. Numbers as in libmilter's
// mfdef.h. Pure. A packet is a length (4 bytes, of what follows), a letter and that letter's data.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "smtp/reply.hpp"

namespace posthouse::milter {

enum class Command : char {
    abort = 'A',
    body = 'B',
    connect = 'C',
    macros = 'D',
    end_of_body = 'E',
    helo = 'H',
    header = 'L',
    mail = 'M',
    end_of_header = 'N',
    negotiate = 'O',
    quit = 'Q',
    rcpt = 'R',
    data = 'T',
    unknown = 'U',
};

/// "SMFIC_MAIL": what the log calls it, as Postfix does.
[[nodiscard]] std::string_view command_name(Command command);

/// What a milter may want to do to a message (SMFIF_…).
namespace actions {
inline constexpr std::uint32_t version_2 = 0x3f;  // headers, body, recipients, quarantine
inline constexpr std::uint32_t version_6 = 0x1ff;  // and sender, recipients with parameters, lists of macros
inline constexpr std::uint32_t lists_of_macros = 0x100;
}  // namespace actions

/// What a milter does not want to be asked, or will not answer (SMFIP_…).
namespace steps {
inline constexpr std::uint32_t no_connect = 0x1, no_helo = 0x2, no_mail = 0x4, no_rcpt = 0x8, no_body = 0x10, no_header = 0x20, no_end_of_header = 0x40;
inline constexpr std::uint32_t no_unknown = 0x100, no_data = 0x200, skip = 0x400, refused_recipients = 0x800;
inline constexpr std::uint32_t silent_header = 0x80, silent_connect = 0x1000, silent_helo = 0x2000, silent_mail = 0x4000, silent_rcpt = 0x8000;
inline constexpr std::uint32_t silent_data = 0x10000, silent_unknown = 0x20000, silent_end_of_header = 0x40000, silent_body = 0x80000;
inline constexpr std::uint32_t leading_space = 0x100000;
}  // namespace steps

/// Events for which macros are sent, numbered as in a milter's own lists (SMFIM_…), then the one that has no number there.
enum class MacroStage : std::uint8_t { connect, helo, mail, rcpt, data, end_of_body, end_of_header, unknown };
inline constexpr std::size_t macro_stages_count = 8;

struct Offer {
    std::uint32_t version = 6, actions = 0, steps = 0;
};
/// For milter_protocol 2, 3, 4 or 6: what that version knows.
[[nodiscard]] Offer offer_of_version(unsigned version);

struct Agreement {
    std::uint32_t version = 0, actions = 0, steps = 0;
    /// By stage: names of macros, if the milter has its own list.
    std::array<std::optional<std::vector<std::string>>, macro_stages_count> macros;
};

struct Response {
    enum class Kind : std::uint8_t {
        go_on, accept, reject, tempfail, discard, reply_code, skip, progress, shutdown, connection_failed,
        // changes, at the end of a message only
        add_header, insert_header, change_header, change_sender, add_recipient, delete_recipient, replace_body, quarantine,
    } kind = Kind::go_on;
    std::uint32_t index = 0;  // of a header
    std::string name;         // of a header; else the address
    std::string text;         // value, ESMTP parameters, body, reason
    smtp::Reply reply = {};   // reply_code
};
[[nodiscard]] inline bool is_change(Response::Kind kind) { return kind >= Response::Kind::add_header; }

/// Ours: libmilter sends 64 KiB at most; the largest body block that any version knows is 1 MiB.
inline constexpr std::size_t packet_size_max = 1024 * 1024 + 1024;
/// MILTER_CHUNK_SIZE: what milters of every version take.
inline constexpr std::size_t body_chunk_max = 65535;

/// A packet at the front of `bytes`; nullopt: it is not here in full yet. ErrorKind::invalid: no length that a packet may have.
struct PacketView {  // of the caller's bytes
    char code = 0;
    std::string_view data;
    std::size_t size = 0;  // in all
};
[[nodiscard]] base::Result<std::optional<PacketView>> next_packet(std::string_view bytes);

/// An error says what is malformed.
[[nodiscard]] base::Result<Agreement> parse_agreement(std::string_view data);
[[nodiscard]] base::Result<Response> parse_response(char code, std::string_view data);

void append_packet(std::string& out, Command command, std::string_view data);
/// Each with the NUL that ends it.
[[nodiscard]] std::string zero_terminated(const std::vector<std::string>& words);
[[nodiscard]] std::string encode_offer(const Offer& offer);
/// `address` in its own form ("127.0.0.1", "::1"); empty: not known.
[[nodiscard]] std::string encode_connect(std::string_view name, std::string_view address, std::uint16_t port);

}  // namespace posthouse::milter
