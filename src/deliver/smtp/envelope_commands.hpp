#pragma once
// MAIL and RCPT with the parameters that the server offers (RFC 5321, 1870, 6152, 3461, 6531).
#include <string>

#include "mail/envelope.hpp"
#include "smtp/extensions.hpp"

namespace posthouse::deliver {

/// "MAIL FROM:<a@b> SIZE=1234 BODY=8BITMIME …" with CRLF.
[[nodiscard]] std::string mail_command(const mail::Envelope& envelope, const smtp::Extensions& extensions);
/// "RCPT TO:<a@b> ORCPT=rfc822;a@b NOTIFY=…" with CRLF. `address` is where the recipient goes after routing.
[[nodiscard]] std::string rcpt_command(const mail::Recipient& recipient, std::string_view address,
                                       const smtp::Extensions& extensions);

}  // namespace posthouse::deliver
