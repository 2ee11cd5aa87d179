#pragma once
// Variable envelope return paths (VERP_README): each recipient gets the message from a sender address that names the recipient, so that a
// bounce tells by its address alone who it is about. Pure.
#include <string>
#include <string_view>

#include "mail/envelope.hpp"

namespace posthouse::mail {

/// Whether `text` is two characters of `filter` (verp_delimiter_filter).
[[nodiscard]] bool are_verp_delimiters(std::string_view text, std::string_view filter);

/// The sender of `envelope` for one of its recipients: owner@example.org and user@example.net make owner+user=example.net@example.org. The
/// recipient is taken as the client gave it: that is what a list has in its books. Internal form; without VERP the sender as it is.
[[nodiscard]] ReversePath sender_for(const Envelope& envelope, const Recipient& recipient);

/// The same message as it is delivered to one recipient, which is the only one in it. For an envelope with VERP.
[[nodiscard]] Envelope envelope_for(const Envelope& envelope, const Recipient& recipient);

}  // namespace posthouse::mail
