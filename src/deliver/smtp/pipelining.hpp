#pragma once
// MAIL, RCPT and DATA and their replies, in one flight if the server offers PIPELINING (RFC 2920), else one by one. With
// BDAT in DATA's place the content goes along (RFC 3030), which saves the wait for a 354.
#include <optional>
#include <string>
#include <vector>

#include "deliver/smtp/ledger.hpp"
#include "deliver/smtp/reply_classes.hpp"
#include "deliver/smtp/session.hpp"
#include "deliver/smtp/settings.hpp"
#include "world/clock.hpp"

namespace posthouse::deliver {

struct EnvelopeCommands {
    std::string mail;
    struct Rcpt {
        std::size_t recipient;  // index in the ledger
        std::string line;
    };
    std::vector<Rcpt> rcpts;
    /// What is found out by the last of them: whether mail data may follow, whether recipients exist, or the latter as far as
    /// DATA, since some servers say no only there. Accepted recipients are then settled in the ledger, too.
    enum class Aim : std::uint8_t { mail_data, verify_by_rcpt, verify_by_data } aim = Aim::mail_data;
    std::optional<std::string> chunk;  // the whole content, encoded: BDAT; none: DATA
};

struct EnvelopeResult {
    std::vector<std::size_t> accepted;  // recipients whose RCPT was accepted
    bool data_wanted = false;           // DATA got its 354
    std::optional<smtp::RemoteReply> bdat_reply;
};

/// What was refused is settled in the ledger, also when the connection breaks; what BDAT may have delivered and nobody
/// answered for is decided there. After the call the session is `clean` only if mail data may follow or BDAT was answered.
[[nodiscard]] world::Task<EnvelopeResult> exchange_envelope(Session& session, EnvelopeCommands commands, Ledger& ledger,
                                                            const SmtpSettings& settings, const world::Clock& clock);

}  // namespace posthouse::deliver
