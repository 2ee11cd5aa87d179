#pragma once
// One mail transaction in an open session: envelope, mail data, and the replies to them (RFC 5321 §3.3).
#include "deliver/smtp/ledger.hpp"
#include "deliver/smtp/session.hpp"
#include "deliver/smtp/settings.hpp"
#include "mail/delivery_agent.hpp"
#include "world/clock.hpp"

namespace posthouse::deliver {

/// What comes after the message. A session that ends says QUIT together with the final dot, if the server has PIPELINING
/// (RFC 2920 §3.1 leaves open what follows the data; Postfix does the same): one packet and one wait less.
enum class Afterwards : std::uint8_t { may_go_on, quit };

/// Sends the message to the recipients that are still open in `ledger` and settles them there; for a request that only asks
/// the server is asked, and told to forget it (smtp_address_verify_target). Afterwards
/// session.condition tells what may be done with the session. Everything is borrowed until the task ends.
[[nodiscard]] world::Task<void> send_message(Session& session, const mail::DeliveryRequest& request, Ledger& ledger,
                                             const SmtpSettings& settings, const world::Clock& clock, Afterwards afterwards);

/// Whether the message can only be understood by a server with SMTPUTF8: asked for by its sender, and made use of in an
/// address or in the header, which `content_start` holds. RFC 6531 §3.
[[nodiscard]] bool needs_smtputf8(const mail::Envelope& envelope, std::string_view content_start);

}  // namespace posthouse::deliver
