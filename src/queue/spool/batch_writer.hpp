#pragma once
// BatchWriter: applies requests to the database, many in one transaction. Blocking; used by one thread at a time.
#include <array>
#include <optional>
#include <span>
#include <vector>

#include "queue/spool/large_content.hpp"
#include "queue/spool/request.hpp"
#include "queue/spool/schema.hpp"
#include "queue/spool/sqlite.hpp"

namespace posthouse::queue {

class BatchWriter {
public:
    /// Opens the database and the content file, or makes them, and brings them to this version (schema.hpp, prepare_for_writing). Reads the
    /// places of all large messages: only their slots are in use. `options.warn` hears of damaged ones.
    static base::Result<BatchWriter> open(const std::string& path, const SpoolOptions& options);
    /// schema.hpp.
    base::Result<std::uint64_t> greatest_id() { return queue::greatest_id(database_); }

    /// One result per change, in order; success only after the sync. If the common transaction fails, each change is tried in
    /// one of its own, so that one that cannot be done does no harm to the others. Content of large messages is written and synced
    /// before; a failure there is a failure of those messages.
    std::vector<ChangeResult> apply(std::span<const Request> requests);
    /// Copies the WAL into the database file and empties it, if no reader is in the way.
    base::Result<void> checkpoint();

private:
    BatchWriter(Database database, ContentFile content) : database_(std::move(database)), large_(std::move(content)) {}
    base::Result<void> prepare();

    // The three tables that a message can be in; index: mail::QueueName.
    struct Table {
        Statement select, insert, remove, set_flags;
    };
    struct Row {
        mail::QueueName queue;
        std::int64_t flags;
    };

    base::Result<void> apply_together(std::span<const Request> requests, std::vector<ChangeResult>& results);
    ChangeResult apply_alone(const Request& request);
    ChangeResult commit(ChangeResult result);
    void roll_back();
    ChangeResult apply_change(const Change& change);
    ChangeResult apply_message(const NewMessage& message);
    ChangeResult insert_message(const NewMessage& message);
    ChangeResult apply_update(const mail::SpoolUpdate& update);
    ChangeResult store_states(const mail::SpoolUpdate& update);
    ChangeResult remove_message(mail::QueueId id, Row row);
    ChangeResult remove_large(mail::QueueId id);
    ChangeResult move_message(const mail::SpoolUpdate& update, Row row, mail::QueueName to);
    base::Result<std::optional<Row>> locate(mail::QueueId id);
    Table& table(mail::QueueName queue) { return tables_[static_cast<std::size_t>(queue)]; }

    Database database_;
    LargeContent large_;
    std::array<Table, 3> tables_;
    Statement begin_, commit_, set_due_, make_due_;
    Statement insert_content_, remove_content_, remove_chunks_, insert_large_, select_large_, remove_large_;
    Statement insert_state_, remove_states_;
};

}  // namespace posthouse::queue
