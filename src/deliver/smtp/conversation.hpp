#pragma once
// One mail transaction in an open session: envelope, mail data, and the replies to them (RFC 5321 §3.3).
#include "checks/check_set.hpp"
#include "deliver/smtp/ledger.hpp"
#include "deliver/smtp/session.hpp"
#include "deliver/smtp/settings.hpp"
#include "mail/delivery_agent.hpp"
#include "observe/event.hpp"
#include "world/clock.hpp"

namespace posthouse::deliver {

/// What comes after the message. A session that ends says QUIT together with the final dot, if the server has PIPELINING
/// (RFC 2920 §3.1 leaves open what follows the data; Postfix does the same): one packet and one wait less.
enum class Afterwards : std::uint8_t { may_go_on, quit };

/// The parts of an agent that a conversation uses.
struct ConversationParts {
    const SmtpSettings& settings;
    const checks::CheckSet& checks;
    const world::Clock& clock;
    observe::EventSink& events;
};

/// Sends the message to the recipients that are still open in `ledger` and settles them there; for a request that only asks
/// the server is asked, and told to forget it (smtp_address_verify_target). Afterwards
/// session.condition tells what may be done with the session. Everything is borrowed until the task ends.
[[nodiscard]] world::Task<void> send_message(Session& session, const mail::DeliveryRequest& request, Ledger& ledger,
                                             const ConversationParts& parts, Afterwards afterwards);

}  // namespace posthouse::deliver
