#pragma once
// MessageReader: reads the spool through a connection of its own. One per core, and what tools use while no server runs.
// Blocking, but what is wanted is nearly always in the page cache; sees the last commit.
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "mail/spool.hpp"
#include "queue/spool/content_file.hpp"
#include "queue/spool/schema.hpp"
#include "queue/spool/sqlite.hpp"

namespace posthouse::queue {

class MessageReader {
public:
    /// Opens read-only. ErrorKind::invalid: damaged, no spool, or of another version.
    static base::Result<std::unique_ptr<MessageReader>> open(const std::string& path, const SpoolOptions& options);

    /// A message whose row is damaged comes as StoredMessage::damaged, here and from the lists.
    base::Result<std::optional<mail::StoredMessage>> load(mail::QueueId id);
    base::Result<std::vector<mail::StoredMessage>> active_after(mail::QueueId after, std::size_t count, mail::Share share);
    base::Result<std::vector<mail::StoredMessage>> due(world::WallTime now, mail::DuePosition after, std::size_t count, mail::Share share);
    base::Result<std::vector<mail::StoredMessage>> list(mail::QueueId after, std::size_t count);
    base::Result<std::optional<world::WallTime>> next_due(mail::DuePosition after, mail::Share share);
    /// Block `number` of a message's content; null: there is none. Of a large message `place` is kept for the next block: an empty one
    /// is filled. A message that was removed meanwhile may still be read to its end.
    base::Result<mail::Block> block(mail::QueueId id, std::size_t number, std::optional<Place>& place);
    base::Result<mail::Block> block(mail::QueueId id, std::size_t number) {
        std::optional<Place> place;
        return block(id, number, place);
    }
    /// Block `number` of what lies at `place` and is no message yet.
    base::Result<mail::Block> unfinished_block(const Place& place, std::size_t number);

private:
    MessageReader(Database database, std::string path, const SpoolOptions& options)
        : database_(std::move(database)), path_(std::move(path)), vfs_name_(options.vfs_name), warn_(options.warn) {}
    base::Result<void> prepare();
    base::Result<std::vector<mail::StoredMessage>> collect(Rows rows, std::size_t count);
    base::Result<mail::StoredMessage> message_of(const Rows& row);
    base::Result<void> add_states(mail::StoredMessage& message);
    base::Result<std::optional<Place>> place_of(mail::QueueId id);
    base::Result<ContentFileReader*> content();
    base::Result<mail::Block> block_at(const Place& place, mail::QueueId id, std::size_t number);

    Database database_;
    std::string path_, vfs_name_;
    std::optional<ContentFileReader> content_;  // opened when a large message is read
    std::function<void(std::string_view)> warn_;
    Statement begin_, end_, load_, active_, due_, list_, next_due_, states_, first_block_, large_, chunk_;
};

}  // namespace posthouse::queue
