#pragma once
// The Intake door: how mail enters, whoever brings it (SMTP, pickup, a bounce). Made by cleanup.
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "mail/committed.hpp"
#include "mail/envelope.hpp"
#include "mail/message_changes.hpp"
#include "mail/milters.hpp"
#include "mail/spool.hpp"
#include "world/cores.hpp"

namespace posthouse::mail {

/// Why mail was not taken. receive/ makes replies of it.
struct IntakeRefusal {
    enum class Reason : std::uint8_t {
        message_too_big,        // message_size_limit
        too_many_hops,          // hopcount_limit
        insufficient_storage,   // disk nearly full
        spool_failure,          // try later
        rejected,               // content policy said no: `text` has code and words
        rejected_for_now,       // the same, with a 4.x.x code
        returned,               // rejected mail of a local program: its sender has a notice by now, and nobody is to keep it
    } reason = Reason::spool_failure;
    std::string text;
    std::optional<smtp::Reply> reply = std::nullopt;  // in its own words
};

/// One message on its way in; lives on the core that began it. Destroyed before finish: nothing happened.
class IntakeSession {
public:
    virtual ~IntakeSession() = default;
    [[nodiscard]] virtual QueueId queue_id() const = 0;
    /// The envelope, once, before the first write. Completion and rewriting of addresses happens here.
    virtual void set_envelope(Envelope envelope) = 0;
    /// Content: CRLF lines, in blocks of any size. After a refusal further bytes are dropped; finish() tells it again.
    virtual world::Task<void> write(std::string_view bytes) = 0;
    /// Before set_envelope(): who looks at the message before it is queued. They outlive the session.
    virtual void set_milters(Milters&) {}
    /// Before finish(): what access(5) wants done with the message. Of a filter or a redirection the message's own content has the last
    /// word, header_checks(5).
    virtual void change(const MessageChanges&) {}
    /// Before finish(): a change of another message that is to be durable with this one, in the same transaction. A message that
    /// is dropped on its way (DISCARD) takes the change with it.
    virtual void take_along(SpoolUpdate) {}
    virtual world::Task<std::expected<Committed, IntakeRefusal>> finish() = 0;
};

/// What kind of mail it is decides what is completed and checked.
enum class MailSource : std::uint8_t { smtpd, pickup, notification };

class Intake {
public:
    virtual ~Intake() = default;
    virtual std::unique_ptr<IntakeSession> begin(MailSource source, world::Core& home) = 0;
    /// False while the file system of the queue has less than queue_minfree or 1.5 × message_size_limit free.
    [[nodiscard]] virtual bool has_room(base::Bytes declared_size) const = 0;
};

}  // namespace posthouse::mail
