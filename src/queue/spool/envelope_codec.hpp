#pragma once
// Envelopes and recipient states as bytes in the spool. The first byte is the version of the encoding; integers are LEB128,
// texts carry their length. Decoding is bounds-checked: a damaged row gives nullopt, never more memory than the row has bytes for.
#include <optional>
#include <string>
#include <string_view>

#include "mail/envelope.hpp"
#include "mail/spool.hpp"

namespace posthouse::queue {

[[nodiscard]] std::string encode_envelope(const mail::Envelope& envelope);
/// nullopt: not an encoding of a version that we know.
[[nodiscard]] std::optional<mail::Envelope> decode_envelope(std::string_view bytes);

[[nodiscard]] std::string encode_recipient_state(const mail::RecipientState& state);
[[nodiscard]] std::optional<mail::RecipientState> decode_recipient_state(std::string_view bytes);

}  // namespace posthouse::queue
