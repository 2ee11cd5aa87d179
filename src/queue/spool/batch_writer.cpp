#include "queue/spool/batch_writer.hpp"

#include "base/format.hpp"
#include "queue/spool/envelope_codec.hpp"
#include "queue/spool/spool_time.hpp"

namespace posthouse::queue {

namespace {

constexpr std::array<const char*, 3> table_names = {"fresh", "deferred", "held"};

struct Wanted {
    Statement& statement;
    std::string sql;
};

base::Result<void> prepare_all(const Database& database, std::vector<Wanted> wanted) {
    for (Wanted& each : wanted) {
        auto prepared = Statement::prepare(database, each.sql);
        if (!prepared) {
            return std::unexpected(prepared.error());
        }
        each.statement = std::move(*prepared);
    }
    return {};
}

// Refusals are no failures of the database: nothing was written, and the rest of the batch is not concerned.
bool is_refusal(const ChangeResult& result) { return !result && result.error().kind == base::ErrorKind::not_found; }

std::unexpected<base::Error> no_such_message(mail::QueueId id) {
    return base::fail(base::ErrorKind::not_found, base::format("{}: no such message in the spool", id.text()));
}

template <class T>
ChangeResult without_number(const base::Result<T>& result) {
    if (!result) {
        return std::unexpected(result.error());
    }
    return 0;
}

std::int64_t with_flag(std::int64_t flags, std::int64_t flag, std::optional<bool> wanted) {
    if (!wanted) {
        return flags;
    }
    return *wanted ? flags | flag : flags & ~flag;
}

}  // namespace

base::Result<BatchWriter> BatchWriter::make(Database database) {
    BatchWriter made(std::move(database));
    std::vector<Wanted> wanted = {
        {made.begin_, "BEGIN IMMEDIATE"},
        {made.commit_, "COMMIT"},
        {made.set_due_, "UPDATE deferred SET due = ?2, flags = ?3 WHERE id = ?1"},
        {made.make_due_, "UPDATE deferred SET due = ?1 WHERE id IN (SELECT id FROM deferred WHERE due > ?1 ORDER BY due LIMIT ?2)"},
        {made.insert_content_, "INSERT INTO content(id, data) VALUES(?1, ?2)"},
        {made.remove_content_, "DELETE FROM content WHERE id = ?1"},
        {made.insert_chunk_, "INSERT INTO chunk(message, seq, data) VALUES(?1, ?2, ?3)"},
        {made.remove_chunks_, "DELETE FROM chunk WHERE message = ?1"},
        {made.insert_state_, "INSERT OR REPLACE INTO recipient_state(message, number, state) VALUES(?1, ?2, ?3)"},
        {made.remove_states_, "DELETE FROM recipient_state WHERE message = ?1"},
        {made.insert_unfinished_, "INSERT INTO unfinished(id) VALUES(?1)"},
        {made.remove_unfinished_, "DELETE FROM unfinished WHERE id = ?1"},
    };
    for (std::size_t i = 0; i < table_names.size(); ++i) {
        const char* const name = table_names[i];
        Table& table = made.tables_[i];
        const bool deferred = i == static_cast<std::size_t>(mail::QueueName::deferred);
        wanted.push_back({table.select, base::format("SELECT flags, envelope FROM {} WHERE id = ?1", name)});
        wanted.push_back({table.remove, base::format("DELETE FROM {} WHERE id = ?1", name)});
        wanted.push_back({table.set_flags, base::format("UPDATE {} SET flags = ?2 WHERE id = ?1", name)});
        wanted.push_back({table.insert, deferred ? base::format("INSERT INTO {}(id, flags, envelope, due) VALUES(?1, ?2, ?3, ?4)", name)
                                                 : base::format("INSERT INTO {}(id, flags, envelope) VALUES(?1, ?2, ?3)", name)});
    }
    if (auto prepared = prepare_all(made.database_, std::move(wanted)); !prepared) {
        return std::unexpected(prepared.error());
    }
    return made;
}

std::vector<ChangeResult> BatchWriter::apply(std::span<const Request> requests) {
    std::vector<ChangeResult> results;
    results.reserve(requests.size());
    if (apply_together(requests, results)) {
        return results;
    }
    results.clear();
    for (const Request& request : requests) {
        results.push_back(apply_alone(request));
    }
    return results;
}

base::Result<void> BatchWriter::apply_together(std::span<const Request> requests, std::vector<ChangeResult>& results) {
    database_.roll_back();  // what an earlier ROLLBACK that failed has left open: with it no BEGIN would ever succeed again
    if (const auto begun = begin_.run(); !begun) {
        return std::unexpected(begun.error());
    }
    for (const Request& request : requests) {
        results.push_back(apply_change(request.change));
        if (!results.back() && !is_refusal(results.back())) {
            database_.roll_back();
            return std::unexpected(results.back().error());
        }
    }
    if (const auto committed = commit(0); !committed) {
        return std::unexpected(committed.error());
    }
    return {};
}

ChangeResult BatchWriter::apply_alone(const Request& request) {
    if (const auto begun = begin_.run(); !begun) {
        return std::unexpected(begun.error());
    }
    ChangeResult result = apply_change(request.change);
    if (!result) {
        database_.roll_back();
        return result;
    }
    return commit(std::move(result));
}

// A COMMIT that fails is rolled back on this very connection, which then goes on. Reopening would be worse: recovery reads the
// WAL through the page cache, where the frames of the failed commit look whole although the kernel gave up writing them, and
// later commits would stand on frames that no disk has. Staying, the next commit writes over them.
ChangeResult BatchWriter::commit(ChangeResult result) {
    if (const auto committed = commit_.run(); !committed) {
        database_.roll_back();
        return std::unexpected(committed.error());
    }
    return result;
}

ChangeResult BatchWriter::apply_change(const Change& change) {
    struct Visitor {
        BatchWriter& writer;
        ChangeResult operator()(const ContentPart& part) const { return writer.apply_part(part); }
        ChangeResult operator()(const NewMessage& message) const { return writer.apply_message(message); }
        ChangeResult operator()(const Abandon& abandoned) const { return writer.abandon(abandoned.id); }
        ChangeResult operator()(const mail::SpoolUpdate& update) const { return writer.apply_update(update); }
        ChangeResult operator()(const MakeDue& due) const {
            const auto changed = writer.make_due_.run(now_number(due.now), static_cast<std::int64_t>(due.count));
            if (!changed) {
                return std::unexpected(changed.error());
            }
            return static_cast<std::size_t>(*changed);
        }
        ChangeResult operator()(const CloseSpool&) const { return 0; }
    };
    return std::visit(Visitor{*this}, change);
}

ChangeResult BatchWriter::apply_part(const ContentPart& part) {
    if (part.first_block == 0) {
        if (const auto listed = insert_unfinished_.run(row_id(part.id)); !listed) {
            return std::unexpected(listed.error());
        }
    }
    return store_blocks(part);
}

ChangeResult BatchWriter::apply_message(const NewMessage& message) {
    const ContentPart& content = message.content;
    if (content.first_block > 0) {
        const auto finished = remove_unfinished_.run(row_id(content.id));
        if (!finished) {
            return std::unexpected(finished.error());
        }
        if (*finished == 0) {
            return no_such_message(content.id);
        }
    }
    if (auto stored = store_blocks(content); !stored) {
        return stored;
    }
    const bool chunks = content.first_block + content.blocks.size() > 1;
    return without_number(table(message.queue).insert.run(row_id(content.id), chunks ? message_flags::has_chunks : std::int64_t{0},
                                                          std::string_view(message.envelope), std::int64_t{0}));
}

ChangeResult BatchWriter::store_blocks(const ContentPart& part) {
    std::size_t number = part.first_block;
    for (const mail::Block& block : part.blocks) {
        const std::string_view bytes(*block);
        const auto stored = number == 0 ? insert_content_.run(row_id(part.id), bytes)
                                        : insert_chunk_.run(row_id(part.id), static_cast<std::int64_t>(number), bytes);
        if (!stored) {
            return std::unexpected(stored.error());
        }
        ++number;
    }
    return 0;
}

ChangeResult BatchWriter::abandon(mail::QueueId id) {
    const auto listed = remove_unfinished_.run(row_id(id));
    if (!listed || *listed == 0) {
        return without_number(listed);  // nothing arrived, or it became a message: that is never taken back
    }
    for (Statement* statement : {&remove_content_, &remove_chunks_}) {
        if (const auto removed = statement->run(row_id(id)); !removed) {
            return std::unexpected(removed.error());
        }
    }
    return 0;
}

base::Result<std::optional<BatchWriter::Row>> BatchWriter::locate(mail::QueueId id) {
    for (const auto queue : {mail::QueueName::active, mail::QueueName::deferred, mail::QueueName::hold}) {
        Rows rows = table(queue).select.query(row_id(id));
        const auto found = rows.next();
        if (!found) {
            return std::unexpected(found.error());
        }
        if (*found) {
            return Row{queue, rows.number(0)};
        }
    }
    return std::nullopt;
}

ChangeResult BatchWriter::apply_update(const mail::SpoolUpdate& update) {
    using Next = mail::SpoolUpdate::Next;
    const auto located = locate(update.id);
    if (!located) {
        return std::unexpected(located.error());
    }
    if (!*located) {
        return no_such_message(update.id);
    }
    Row row = **located;
    if (update.next == Next::remove) {
        return remove_message(update.id, row);
    }
    if (auto stored = store_states(update); !stored) {
        return stored;
    }
    const std::int64_t old_flags = row.flags;
    row.flags |= update.recipients.empty() ? 0 : message_flags::has_states;
    row.flags = with_flag(row.flags, message_flags::delay_warned, update.delay_warned);
    row.flags = with_flag(row.flags, message_flags::force_expire, update.force_expire);
    switch (update.next) {
        case Next::activate:
            return move_message(update, row, mail::QueueName::active);
        case Next::defer:
            return move_message(update, row, mail::QueueName::deferred);
        case Next::hold:
            return move_message(update, row, mail::QueueName::hold);
        case Next::keep:
        case Next::remove:
            break;
    }
    return row.flags == old_flags ? ChangeResult(0) : without_number(table(row.queue).set_flags.run(row_id(update.id), row.flags));
}

ChangeResult BatchWriter::store_states(const mail::SpoolUpdate& update) {
    for (const auto& [number, state] : update.recipients) {
        const std::string encoded = encode_recipient_state(state);
        if (const auto stored = insert_state_.run(row_id(update.id), std::int64_t{number}, std::string_view(encoded)); !stored) {
            return std::unexpected(stored.error());
        }
    }
    return 0;
}

ChangeResult BatchWriter::remove_message(mail::QueueId id, Row row) {
    std::vector<Statement*> removals = {&table(row.queue).remove, &remove_content_};
    if ((row.flags & message_flags::has_chunks) != 0) {
        removals.push_back(&remove_chunks_);
    }
    if ((row.flags & message_flags::has_states) != 0) {
        removals.push_back(&remove_states_);
    }
    for (Statement* statement : removals) {
        if (const auto removed = statement->run(row_id(id)); !removed) {
            return std::unexpected(removed.error());
        }
    }
    return 0;
}

ChangeResult BatchWriter::move_message(const mail::SpoolUpdate& update, Row row, mail::QueueName to) {
    const std::int64_t id = row_id(update.id);
    const std::int64_t due = to == mail::QueueName::deferred ? due_number(update.next_attempt) : 0;
    if (row.queue == to) {
        return without_number(to == mail::QueueName::deferred ? set_due_.run(id, due, row.flags) : table(to).set_flags.run(id, row.flags));
    }
    {
        Rows rows = table(row.queue).select.query(id);
        if (const auto found = rows.next(); !found) {
            return std::unexpected(found.error());
        }
        const std::string_view envelope = rows.bytes(1);
        if (const auto inserted = table(to).insert.run(id, row.flags, envelope, due); !inserted) {
            return std::unexpected(inserted.error());
        }
    }
    return without_number(table(row.queue).remove.run(id));
}

base::Result<void> BatchWriter::checkpoint() { return database_.execute("PRAGMA wal_checkpoint(TRUNCATE)"); }

}  // namespace posthouse::queue
