#pragma once
// What cores hand to the commit thread. Everything in a request is owned by it or immutable.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "mail/content.hpp"
#include "mail/spool.hpp"
#include "queue/spool/place.hpp"
#include "world/cores.hpp"

namespace posthouse::queue {

/// Blocks of a message that is too large to wait in memory for its end: written, but durable only with the message. The first
/// part has first_block 0.
struct ContentPart {
    mail::QueueId id;
    std::size_t first_block = 0;
    std::vector<mail::Block> blocks;
    std::shared_ptr<Place> place = nullptr;  // set to where the parts so far are, before `done`; null: nobody asks
};

/// The end of a message: the blocks that were not sent as parts, and the envelope; and what becomes of another message with it.
struct NewMessage {
    ContentPart content;  // first_block > 0: parts came before
    std::string envelope;
    mail::QueueName queue = mail::QueueName::active;
    std::optional<mail::SpoolUpdate> along = std::nullopt;
};

/// The parts written so far will not become a message.
struct Abandon {
    mail::QueueId id;
};

/// Moves the due time of up to `count` deferred messages to `now`.
struct MakeDue {
    world::WallTime now;
    std::size_t count = 0;
};

/// The last request: copies the WAL into the file and closes the connection.
struct CloseSpool {};

using Change = std::variant<ContentPart, NewMessage, Abandon, mail::SpoolUpdate, MakeDue, CloseSpool>;

/// The number is that of changed rows where it means something (MakeDue).
using ChangeResult = base::Result<std::size_t>;

struct Request {
    Change change;
    world::Executor* home = nullptr;
    std::shared_ptr<world::OneShot<ChangeResult>> done;  // set on `home`; null: nobody waits
};

}  // namespace posthouse::queue
