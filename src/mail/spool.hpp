#pragma once
// The Spool door: durable messages. Implemented by queue/spool over SQLite; callable from every core.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "mail/committed.hpp"
#include "mail/content.hpp"
#include "mail/envelope.hpp"
#include "mail/outcome.hpp"
#include "mail/queue_id.hpp"
#include "world/cores.hpp"

namespace posthouse::mail {

/// What is remembered about one recipient after attempts.
struct RecipientState {
    enum class Status : std::uint8_t { pending, delivered, bounced } status = Status::pending;
    std::uint32_t tries = 0;
    std::string dsn_status;  // last enhanced status code; empty: never tried
    std::string reason;      // last text
    std::string remote_mta, diagnostic;
    friend bool operator==(const RecipientState&, const RecipientState&) = default;
};

enum class QueueName : std::uint8_t { active, deferred, hold };  // "active" includes what Postfix calls incoming

/// A message as the queue knows it: envelope, per-recipient states (same length and order as envelope.recipients).
struct StoredMessage {
    QueueId id;
    QueueName queue = QueueName::active;
    Envelope envelope;
    std::vector<RecipientState> recipients;
    world::WallTime next_attempt;  // deferred only
    bool delay_warned = false;
    bool force_expire = false;  // postsuper -e: the next failure bounces
    bool damaged = false;       // its row cannot be decoded: nothing is known but id and queue. Not to be delivered; kept for an administrator
};

/// One change of a stored message, applied atomically with whatever else is in the same commit.
struct SpoolUpdate {
    QueueId id;
    std::vector<std::pair<std::uint32_t, RecipientState>> recipients;  // index into envelope.recipients → new state
    enum class Next : std::uint8_t { keep, remove, activate, defer, hold } next = Next::keep;
    world::WallTime next_attempt;  // for defer
    std::optional<bool> delay_warned;
    std::optional<bool> force_expire;
};

/// A message being written. Destroyed before commit: it never was.
class SpoolWriter {
public:
    virtual ~SpoolWriter() = default;
    [[nodiscard]] virtual QueueId queue_id() const = 0;
    /// Appends content; suspends while too much is waiting for the disk.
    virtual world::Task<base::Result<void>> write(std::string_view bytes) = 0;
    /// Before the first write(): what is written can be read back before it is a message.
    virtual void keep_readable() {}
    /// What was written so far, from its start; nothing is written meanwhile, and the writer outlives the reader. After keep_readable() only.
    virtual world::Task<base::Result<std::unique_ptr<ContentReader>>> read_back() {
        co_return base::fail(base::ErrorKind::unavailable, "this spool reads nothing back");
    }
    /// Sync included. After a failure the message does not exist. ErrorKind::no_space: try later.
    world::Task<base::Result<Committed>> commit(Envelope envelope, QueueName queue) { return commit_along(std::move(envelope), queue, std::nullopt); }
    /// The same; `along` changes another message in the same transaction: both are durable, or neither is. If that message is gone
    /// (an administrator removed it), this one never was either: ErrorKind::not_found.
    virtual world::Task<base::Result<Committed>> commit_along(Envelope envelope, QueueName queue, std::optional<SpoolUpdate> along) = 0;
    /// Instead of commit(), for a message that nobody is to get (access(5), DISCARD): it never was, and still its client may be
    /// told 250. Nothing is owed for it, so nothing has to be durable.
    [[nodiscard]] virtual Committed discard() = 0;
};

/// Each core looks after the messages with id % count == index; new ids are made so that their core is the home core.
struct Share {
    std::uint64_t count = 1;
    std::uint64_t index = 0;
    [[nodiscard]] bool holds(QueueId id) const { return id.value % count == index; }
};

/// A position in the order of due times.
struct DuePosition {
    world::WallTime due{};
    QueueId id;
};

class Spool {
public:
    virtual ~Spool() = default;
    virtual std::unique_ptr<SpoolWriter> create(world::Core& home) = 0;
    /// Content of a stored message for deliveries on `home`.
    virtual std::shared_ptr<ContentSource> content(QueueId id, world::Core& home) = 0;
    virtual world::Task<base::Result<std::optional<StoredMessage>>> load(QueueId id, world::Core& home) = 0;
    /// Durable when it returns. ErrorKind::not_found: no such message (any more). After another failure nothing has changed: try again.
    virtual world::Task<base::Result<void>> update(SpoolUpdate update, world::Core& home) = 0;
    /// Up to `count` messages of the active queue with ids above `after`, in order of arrival.
    virtual world::Task<base::Result<std::vector<StoredMessage>>> active_after(QueueId after, std::size_t count, Share share, world::Core& home) = 0;
    /// Up to `count` deferred messages behind `after` that are due at `now`, the longest due first.
    virtual world::Task<base::Result<std::vector<StoredMessage>>> due(world::WallTime now, DuePosition after, std::size_t count, Share share, world::Core& home) = 0;
    /// When the first deferred message behind `after` is due; nullopt: there is none.
    virtual world::Task<base::Result<std::optional<world::WallTime>>> next_due(DuePosition after, Share share, world::Core& home) = 0;
    /// For tools: up to `count` messages of any queue with ids above `after`.
    virtual world::Task<base::Result<std::vector<StoredMessage>>> list(QueueId after, std::size_t count, world::Core& home) = 0;
    /// Makes every deferred message due now (postqueue -f), or those of one destination/id through update().
    virtual world::Task<base::Result<void>> make_all_due(world::WallTime now, world::Core& home) = 0;
};

}  // namespace posthouse::mail
