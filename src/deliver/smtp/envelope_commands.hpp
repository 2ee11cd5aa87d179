#pragma once
// MAIL and RCPT with the parameters that the server offers (RFC 5321, 1870, 6152, 3461, 6531).
#include <string>
#include <vector>

#include "mail/envelope.hpp"
#include "mail/queue_id.hpp"
#include "smtp/extensions.hpp"

namespace posthouse::deliver {

struct EnvelopeStyle {
    bool quoted = true;      // smtp_quote_rfc821_envelope
    bool dummy_auth = false;  // smtp_send_dummy_mail_auth in a session with AUTH: "AUTH=<>" (RFC 4954 §5)
};

/// "MAIL FROM:<a@b> SIZE=1234 BODY=8BITMIME …" with CRLF.
[[nodiscard]] std::string mail_command(const mail::Envelope& envelope, const smtp::Extensions& extensions,
                                       const EnvelopeStyle& style = {});
/// "RCPT TO:<a@b> ORCPT=rfc822;a@b NOTIFY=…" with CRLF. `address` is where the recipient goes after routing.
[[nodiscard]] std::string rcpt_command(const mail::Recipient& recipient, std::string_view address,
                                       const smtp::Extensions& extensions, const EnvelopeStyle& style = {});

/// XFORWARD lines, without CRLF, with those attributes of the origin that the server offers to take (XFORWARD_README).
[[nodiscard]] std::vector<std::string> xforward_commands(const mail::Origin& origin, mail::QueueId id,
                                                         const std::vector<std::string>& offered);

/// Whether the message can only be understood by a server with SMTPUTF8: asked for by its sender, and made use of in an
/// address or in the header, which `content_start` holds. RFC 6531 §3.
[[nodiscard]] bool needs_smtputf8(const mail::Envelope& envelope, const std::vector<std::string>& recipients, std::string_view content_start);

}  // namespace posthouse::deliver
