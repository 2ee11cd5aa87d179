#pragma once
// How much of what an agent says about a recipient is kept. A next hop may answer each recipient with kilobytes; its words go into
// memory, into the spool, the log and notices, once for each recipient. Pure.
#include <cstddef>

#include "mail/outcome.hpp"

namespace posthouse::queue {

/// Ours: no more octets of a text than this; a reply as long as Postfix keeps it (twice line_length_limit) fits.
inline constexpr std::size_t outcome_text_max = 4096;
/// Ours: enough for what next hops say, however many recipients there are.
inline constexpr std::size_t outcome_text_least = 256;
/// Ours: what the texts of one kind may take of all recipients of a message together, as long as each has its least.
inline constexpr std::size_t outcome_texts_max = 16 * 1024 * 1024;

/// How many octets each text may have in a message of so many recipients.
[[nodiscard]] std::size_t text_room(std::size_t recipients);
/// Cuts each text of `outcome` to `room` octets, between two characters.
void bound_texts(mail::Outcome& outcome, std::size_t room);

}  // namespace posthouse::queue
