#include "queue/spool/batch_writer.hpp"

#include <algorithm>

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

// Parts of content are no rows.
bool changes_rows(const Change& change) { return !std::holds_alternative<ContentPart>(change) && !std::holds_alternative<Abandon>(change); }

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

base::Result<void> occupy_places(const Database& database, ContentFile& content, const std::function<void(std::string_view)>& warn) {
    auto all = Statement::prepare(database, "SELECT id, place FROM large");
    if (!all) {
        return std::unexpected(all.error());
    }
    Rows rows = all->query();
    for (;;) {
        const auto found = rows.next();
        if (!found) {
            return std::unexpected(found.error());
        }
        if (!*found) {
            return {};
        }
        const auto place = decode_place(rows.bytes(1));
        if ((!place || !content.occupy(*place)) && warn) {  // who reads it will see what is there: its hashes tell
            warn(base::format("{}: its place is damaged in the spool; see \"Recovery\" in docs/spool.md", id_of(rows.number(0)).text()));
        }
    }
}

}  // namespace

base::Result<BatchWriter> BatchWriter::open(const std::string& path, const SpoolOptions& options) {
    auto database = Database::open(path, OpenMode::read_write, options.vfs_name);
    if (!database) {
        return std::unexpected(database.error());
    }
    if (const auto prepared = prepare_for_writing(*database, options); !prepared) {
        return std::unexpected(prepared.error());
    }
    auto content = ContentFile::open(path, options.vfs_name);
    if (!content) {
        return std::unexpected(content.error());
    }
    if (auto occupied = occupy_places(*database, *content, options.warn); !occupied) {
        return std::unexpected(occupied.error());
    }
    BatchWriter writer(std::move(*database), std::move(*content));
    if (auto prepared = writer.prepare(); !prepared) {
        return std::unexpected(prepared.error());
    }
    return writer;
}

base::Result<void> BatchWriter::prepare() {
    std::vector<Wanted> wanted = {
        {begin_, "BEGIN IMMEDIATE"},
        {commit_, "COMMIT"},
        {set_due_, "UPDATE deferred SET due = ?2, flags = ?3 WHERE id = ?1"},
        {make_due_, "UPDATE deferred SET due = ?1 WHERE id IN (SELECT id FROM deferred WHERE due > ?1 ORDER BY due LIMIT ?2)"},
        {insert_content_, "INSERT INTO content(id, data) VALUES(?1, ?2)"},
        {remove_content_, "DELETE FROM content WHERE id = ?1"},
        {insert_large_, "INSERT INTO large(id, place) VALUES(?1, ?2)"},
        {select_large_, "SELECT place FROM large WHERE id = ?1"},
        {remove_large_, "DELETE FROM large WHERE id = ?1"},
        {remove_chunks_, "DELETE FROM chunk WHERE message = ?1"},
        {insert_state_, "INSERT OR REPLACE INTO recipient_state(message, number, state) VALUES(?1, ?2, ?3)"},
        {remove_states_, "DELETE FROM recipient_state WHERE message = ?1"},
    };
    for (std::size_t i = 0; i < table_names.size(); ++i) {
        const char* const name = table_names[i];
        Table& table = tables_[i];
        const bool deferred = i == static_cast<std::size_t>(mail::QueueName::deferred);
        wanted.push_back({table.select, base::format("SELECT flags, envelope FROM {} WHERE id = ?1", name)});
        wanted.push_back({table.remove, base::format("DELETE FROM {} WHERE id = ?1", name)});
        wanted.push_back({table.set_flags, base::format("UPDATE {} SET flags = ?2 WHERE id = ?1", name)});
        wanted.push_back({table.insert, deferred ? base::format("INSERT INTO {}(id, flags, envelope, due) VALUES(?1, ?2, ?3, ?4)", name)
                                                 : base::format("INSERT INTO {}(id, flags, envelope) VALUES(?1, ?2, ?3)", name)});
    }
    return prepare_all(database_, std::move(wanted));
}

std::vector<ChangeResult> BatchWriter::apply(std::span<const Request> requests) {
    const std::vector<ChangeResult> written = large_.write(requests);
    std::vector<ChangeResult> results = written;
    if (std::ranges::any_of(requests, changes_rows, &Request::change) && !apply_together(requests, results)) {
        results = written;
        for (std::size_t i = 0; i < requests.size(); ++i) {
            if (results[i] && changes_rows(requests[i].change)) {
                results[i] = apply_alone(requests[i]);
            }
        }
    }
    large_.settle(requests, results);
    return results;
}

base::Result<void> BatchWriter::apply_together(std::span<const Request> requests, std::vector<ChangeResult>& results) {
    roll_back();  // what an earlier ROLLBACK that failed has left open: with it no BEGIN would ever succeed again
    if (const auto begun = begin_.run(); !begun) {
        return std::unexpected(begun.error());
    }
    for (std::size_t i = 0; i < requests.size(); ++i) {
        if (!results[i] || !changes_rows(requests[i].change)) {
            continue;
        }
        results[i] = apply_change(requests[i].change);
        if (!results[i] && !is_refusal(results[i])) {
            roll_back();
            return std::unexpected(results[i].error());
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
        roll_back();
        return result;
    }
    return commit(std::move(result));
}

// A COMMIT that fails is rolled back on this very connection, which then goes on. Reopening would be worse: recovery reads the
// WAL through the page cache, where the frames of the failed commit look whole although the kernel gave up writing them, and
// later commits would stand on frames that no disk has. Staying, the next commit writes over them.
ChangeResult BatchWriter::commit(ChangeResult result) {
    if (const auto committed = commit_.run(); !committed) {
        roll_back();
        return std::unexpected(committed.error());
    }
    large_.committed();
    return result;
}

void BatchWriter::roll_back() {
    database_.roll_back();
    large_.rolled_back();
}

ChangeResult BatchWriter::apply_change(const Change& change) {
    struct Visitor {
        BatchWriter& writer;
        ChangeResult operator()(const ContentPart&) const { return 0; }  // LargeContent did it
        ChangeResult operator()(const Abandon&) const { return 0; }      // it will
        ChangeResult operator()(const NewMessage& message) const { return writer.apply_message(message); }
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

ChangeResult BatchWriter::apply_message(const NewMessage& message) {
    if (message.along) {
        if (ChangeResult changed = apply_update(*message.along); !changed) {
            return changed;  // refused before anything was written
        }
    }
    return insert_message(message);
}

ChangeResult BatchWriter::insert_message(const NewMessage& message) {
    const std::int64_t id = row_id(message.content.id);
    const bool large = is_large(message);
    const auto stored = large ? insert_large_.run(id, std::string_view(encode_place(large_.place_of(message.content.id))))
                              : insert_content_.run(id, std::string_view(*message.content.blocks.front()));
    if (!stored) {
        return std::unexpected(stored.error());
    }
    return without_number(table(message.queue).insert.run(id, large ? message_flags::is_large : std::int64_t{0}, std::string_view(message.envelope),
                                                          std::int64_t{0}));
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
    std::vector<Statement*> removals = {&table(row.queue).remove};
    if ((row.flags & message_flags::is_large) == 0) {
        removals.push_back(&remove_content_);
    } else if (auto removed = remove_large(id); !removed) {
        return removed;
    }
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

ChangeResult BatchWriter::remove_large(mail::QueueId id) {
    {
        Rows rows = select_large_.query(row_id(id));
        const auto found = rows.next();
        if (!found) {
            return std::unexpected(found.error());
        }
        if (auto place = *found ? decode_place(rows.bytes(0)) : std::nullopt) {
            large_.removed(std::move(*place));
        }
    }
    return without_number(remove_large_.run(row_id(id)));
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
