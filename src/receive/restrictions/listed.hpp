#pragma once
// What is answered about an address of ours that does not exist (reject_unlisted_recipient, reject_unlisted_sender).
#include <optional>
#include <string_view>

#include "mail/router.hpp"
#include "receive/restrictions/access_action.hpp"
#include "receive/settings.hpp"
#include "smtp/reply.hpp"

namespace posthouse::receive {

/// nullopt: the address is fine. `subject`: sender or recipient.
[[nodiscard]] std::optional<smtp::Reply> unlisted_reply(const mail::Validation& validation, std::string_view address, StatusSubject subject, const SmtpdSettings& settings);

}  // namespace posthouse::receive
