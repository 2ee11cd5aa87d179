#pragma once
// From what a server says, or fails to say, to what becomes of a recipient. Only a clear 5xx bounces; whatever is odd
// defers.
#include <string_view>

#include "base/result.hpp"
#include "deliver/smtp/peer.hpp"
#include "mail/outcome.hpp"
#include "smtp/reply_parser.hpp"

namespace posthouse::deliver {

/// A step of a session in the words of log and bounce.
struct Phase {
    std::string_view doing;    // "lost connection with … while <doing>"
    std::string_view command;  // "(in reply to <command>)"; empty: it has none
};

namespace phases {
inline constexpr Phase greeting{"receiving the initial server greeting", ""};
inline constexpr Phase ehlo{"performing the EHLO handshake", "EHLO command"};
inline constexpr Phase helo{"performing the HELO handshake", "HELO command"};
inline constexpr Phase starttls{"performing the STARTTLS handshake", "STARTTLS command"};
inline constexpr Phase auth{"performing SASL authentication", "AUTH command"};
inline constexpr Phase xforward{"sending XFORWARD", "XFORWARD command"};
inline constexpr Phase mail{"sending MAIL FROM", "MAIL FROM command"};
inline constexpr Phase rcpt{"sending RCPT TO", "RCPT TO command"};
inline constexpr Phase data{"sending DATA command", "DATA command"};
inline constexpr Phase body{"sending message body", "end of DATA command"};
inline constexpr Phase end_of_data{"sending end of data -- message may be sent more than once", "end of DATA command"};
// Envelope and content left in one flight: whichever reply is missing, the message may have been taken.
inline constexpr Phase bdat{"sending end of data -- message may be sent more than once", "BDAT command"};
}  // namespace phases

/// A negative reply to a command. 5xx bounces, everything else defers.
[[nodiscard]] mail::Outcome refused(const smtp::RemoteReply& reply, const Peer& peer, const Phase& phase);
/// The same for the greeting, EHLO and HELO: "host H[ip] refused to talk to me: 554 go away".
[[nodiscard]] mail::Outcome refused_to_talk(const smtp::RemoteReply& reply, const Peer& peer);
/// The reply to the end of data.
[[nodiscard]] mail::Outcome accepted(const smtp::RemoteReply& reply, const Peer& peer);
/// Whether a reply to a command says that the server does not know it or wants it differently, and nothing of the mail.
[[nodiscard]] bool is_about_the_command(const smtp::RemoteReply& reply);
/// The connection broke, timed out, or carried something that is no reply.
[[nodiscard]] mail::Outcome interrupted(const base::Error& error, const Peer& peer, const Phase& phase);
/// "connect to H[ip]:port: Connection refused".
[[nodiscard]] mail::Outcome not_connected(const base::Error& error, const Peer& peer);
/// A deferral of ours at a server: TLS policy, authentication. It says nothing of what the server replied.
[[nodiscard]] mail::Outcome deferred_at(const Peer& peer, std::string status, std::string text);
/// One of our own tables cannot be asked while the server waits.
[[nodiscard]] mail::Outcome no_local_data(const Peer& peer);
/// Turns a bounce into a deferral, status class included.
[[nodiscard]] mail::Outcome made_temporary(mail::Outcome outcome);

}  // namespace posthouse::deliver
