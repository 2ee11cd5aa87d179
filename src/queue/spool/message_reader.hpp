#pragma once
// MessageReader: reads the spool through a connection of its own. One per core, and what tools use while no server runs.
// Blocking, but what is wanted is nearly always in the page cache; sees the last commit.
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "mail/spool.hpp"
#include "queue/spool/schema.hpp"
#include "queue/spool/sqlite.hpp"

namespace posthouse::queue {

class MessageReader {
public:
    /// Opens read-only. ErrorKind::invalid: damaged, no spool, or of another version.
    static base::Result<std::unique_ptr<MessageReader>> open(const std::string& path, const SpoolOptions& options);

    /// A message whose row is damaged is ErrorKind::invalid here and passed over by the lists, with a warning.
    base::Result<std::optional<mail::StoredMessage>> load(mail::QueueId id);
    base::Result<std::vector<mail::StoredMessage>> active_after(mail::QueueId after, std::size_t count, mail::Share share);
    base::Result<std::vector<mail::StoredMessage>> due(world::WallTime now, mail::DuePosition after, std::size_t count, mail::Share share);
    base::Result<std::vector<mail::StoredMessage>> list(mail::QueueId after, std::size_t count);
    base::Result<std::optional<world::WallTime>> next_due(mail::DuePosition after, mail::Share share);
    /// Block `number` of a message's content; null: there is none.
    base::Result<mail::Block> block(mail::QueueId id, std::size_t number);

private:
    MessageReader(Database database, const SpoolOptions& options) : database_(std::move(database)), warn_(options.warn) {}
    base::Result<void> prepare();
    base::Result<std::vector<mail::StoredMessage>> collect(Rows rows, std::size_t count);
    base::Result<std::optional<mail::StoredMessage>> message_of(const Rows& row);
    base::Result<void> add_states(mail::StoredMessage& message);

    Database database_;
    std::function<void(std::string_view)> warn_;
    Statement begin_, end_, load_, active_, due_, list_, next_due_, states_, first_block_, chunk_;
};

}  // namespace posthouse::queue
