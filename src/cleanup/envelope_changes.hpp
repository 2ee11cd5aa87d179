#pragma once
// What happens to an envelope on its way in, once it is known what the message's checks and its sender want.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/envelope.hpp"
#include "mail/intake.hpp"
#include "mail/router.hpp"

namespace posthouse::cleanup {

/// Sender and recipients in full (append_at_myorigin and its kin); what the client had named is kept as original address and for ORCPT.
void complete_addresses(mail::Envelope& envelope, const mail::Router& router);
/// Ours: recipients that one message may have besides those that its client named. No client may name more, unless smtpd_recipient_limit says so.
inline constexpr std::size_t recipients_max = 50'000;

/// Copies ask for no report. A redirection is for them, too: one recipient instead of all, who inherits what the first one asked for.
void change_envelope(mail::Envelope& envelope, const mail::MessageChanges& changes, const mail::Router& router);

/// virtual_alias_maps: whom an alias stands for comes in its place, and inherits what was asked for it. What could not be
/// expanded, if anything, or that all of them together are more than recipients_max; then nothing has changed.
[[nodiscard]] world::Task<std::optional<mail::Expansion>> follow_aliases(mail::Envelope& envelope, const mail::Router& router);
/// What the client hears of a recipient that could not be expanded.
[[nodiscard]] mail::IntakeRefusal unexpanded(const mail::Expansion& expansion);

/// Takes out a request for VERP that cannot be met, of a program on this host: smtpd has refused such a request already. Why; empty: it may stay.
[[nodiscard]] std::string drop_bad_verp(mail::Envelope& envelope, const std::string& delimiter_filter);

/// Whether the sender or a recipient needs SMTPUTF8.
[[nodiscard]] bool has_international_addresses(const mail::Envelope& envelope);

/// What the log says of a message that is refused as a whole: who sent it, and why.
[[nodiscard]] std::string refused_message_line(const mail::Envelope& envelope, std::string_view text);

}  // namespace posthouse::cleanup
