#include "queue/spool/message_reader.hpp"

#include "base/format.hpp"
#include "queue/spool/envelope_codec.hpp"
#include "queue/spool/spool_time.hpp"

namespace posthouse::queue {

namespace {

// The queue numbers are those of mail::QueueName.
constexpr std::string_view every_queue =
    "SELECT id, 0 AS queue, 0 AS due, flags, envelope FROM fresh WHERE id {0} ?1"
    " UNION ALL SELECT id, 1, due, flags, envelope FROM deferred WHERE id {0} ?1"
    " UNION ALL SELECT id, 2, 0, flags, envelope FROM held WHERE id {0} ?1 ORDER BY 1";

std::int64_t number_of(std::uint64_t value) { return static_cast<std::int64_t>(value); }

// All statements between see one commit.
class Snapshot {
public:
    Snapshot(Statement& begin, Statement& end) : begun_(begin.run()), end_(end) {}
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;
    ~Snapshot() {
        if (begun_) {
            const auto ended = end_.run();  // a read transaction: nothing can be lost
            static_cast<void>(ended);
        }
    }
    [[nodiscard]] const base::Result<int>& begun() const { return begun_; }

private:
    base::Result<int> begun_;
    Statement& end_;
};

}  // namespace

base::Result<std::unique_ptr<MessageReader>> MessageReader::open(const std::string& path, const SpoolOptions& options) {
    auto database = Database::open(path, OpenMode::read_only, options.vfs_name);
    if (!database) {
        return std::unexpected(database.error());
    }
    if (const auto prepared = prepare_for_reading(*database, options); !prepared) {
        return std::unexpected(prepared.error());
    }
    std::unique_ptr<MessageReader> reader(new MessageReader(std::move(*database), path, options));
    if (const auto prepared = reader->prepare(); !prepared) {
        return std::unexpected(prepared.error());
    }
    return reader;
}

base::Result<void> MessageReader::prepare() {
    // Not "(due, id) > (?, ?)": of that SQLite looks up only the first half in the index, and after a flush all rows have one due time.
    const std::pair<Statement*, std::string> wanted[] = {
        {&begin_, "BEGIN"},
        {&end_, "COMMIT"},
        {&load_, base::format(every_queue, "=")},
        {&active_, "SELECT id, 0, 0, flags, envelope FROM fresh WHERE id > ?1 AND id % ?2 = ?3 ORDER BY id"},
        {&due_, "SELECT id, 1, due, flags, envelope FROM deferred WHERE due = ?2 AND id > ?3 AND due <= ?1 AND id % ?4 = ?5"
                " UNION ALL SELECT id, 1, due, flags, envelope FROM deferred WHERE due > ?2 AND due <= ?1 AND id % ?4 = ?5 ORDER BY 3, 1"},
        {&list_, base::format(every_queue, ">")},
        {&next_due_, "SELECT due, id FROM deferred WHERE due = ?1 AND id > ?2 AND id % ?3 = ?4"
                     " UNION ALL SELECT due, id FROM deferred WHERE due > ?1 AND id % ?3 = ?4 ORDER BY 1, 2 LIMIT 1"},
        {&states_, "SELECT number, state FROM recipient_state WHERE message = ?1"},
        {&first_block_, "SELECT data FROM content WHERE id = ?1"},
        {&large_, "SELECT place FROM large WHERE id = ?1"},
        {&chunk_, "SELECT data FROM chunk WHERE message = ?1 AND seq = ?2"},
    };
    for (const auto& [statement, sql] : wanted) {
        auto prepared = Statement::prepare(database_, sql);
        if (!prepared) {
            return std::unexpected(prepared.error());
        }
        *statement = std::move(*prepared);
    }
    return {};
}

base::Result<std::optional<mail::StoredMessage>> MessageReader::load(mail::QueueId id) {
    const Snapshot snapshot(begin_, end_);
    if (!snapshot.begun()) {
        return std::unexpected(snapshot.begun().error());
    }
    Rows rows = load_.query(row_id(id));
    const auto found = rows.next();
    if (!found) {
        return std::unexpected(found.error());
    }
    if (!*found) {
        return std::nullopt;
    }
    return message_of(rows);
}

base::Result<std::vector<mail::StoredMessage>> MessageReader::active_after(mail::QueueId after, std::size_t count, mail::Share share) {
    const Snapshot snapshot(begin_, end_);
    if (!snapshot.begun()) {
        return std::unexpected(snapshot.begun().error());
    }
    return collect(active_.query(row_id(after), number_of(share.count), number_of(share.index)), count);
}

base::Result<std::vector<mail::StoredMessage>> MessageReader::due(world::WallTime now, mail::DuePosition after, std::size_t count, mail::Share share) {
    const Snapshot snapshot(begin_, end_);
    if (!snapshot.begun()) {
        return std::unexpected(snapshot.begun().error());
    }
    return collect(due_.query(now_number(now), due_number(after.due), row_id(after.id), number_of(share.count), number_of(share.index)), count);
}

base::Result<std::vector<mail::StoredMessage>> MessageReader::list(mail::QueueId after, std::size_t count) {
    const Snapshot snapshot(begin_, end_);
    if (!snapshot.begun()) {
        return std::unexpected(snapshot.begun().error());
    }
    return collect(list_.query(row_id(after)), count);
}

base::Result<std::optional<world::WallTime>> MessageReader::next_due(mail::DuePosition after, mail::Share share) {
    Rows rows = next_due_.query(due_number(after.due), row_id(after.id), number_of(share.count), number_of(share.index));
    const auto found = rows.next();
    if (!found) {
        return std::unexpected(found.error());
    }
    if (!*found) {
        return std::nullopt;
    }
    return time_of(rows.number(0));
}

base::Result<mail::Block> MessageReader::block(mail::QueueId id, std::size_t number, std::optional<Place>& place) {
    if (number == 0) {
        Rows rows = first_block_.query(row_id(id));
        const auto found = rows.next();
        if (!found) {
            return std::unexpected(found.error());
        }
        if (*found) {
            return std::make_shared<const std::string>(rows.bytes(0));
        }
    }
    if (!place) {
        auto found = place_of(id);
        if (!found) {
            return std::unexpected(found.error());
        }
        place = std::move(*found);
    }
    if (place) {
        return block_at(*place, id, number);
    }
    Rows rows = chunk_.query(row_id(id), static_cast<std::int64_t>(number));
    const auto found = rows.next();
    if (!found) {
        return std::unexpected(found.error());
    }
    return *found ? std::make_shared<const std::string>(rows.bytes(0)) : nullptr;
}

base::Result<std::optional<Place>> MessageReader::place_of(mail::QueueId id) {
    Rows rows = large_.query(row_id(id));
    const auto found = rows.next();
    if (!found) {
        return std::unexpected(found.error());
    }
    if (!*found) {
        return std::nullopt;
    }
    auto place = decode_place(rows.bytes(0));
    if (!place) {
        return base::fail(base::ErrorKind::invalid, base::format("{}: its place is damaged in the spool", id.text()));
    }
    return place;
}

base::Result<ContentFileReader*> MessageReader::content() {
    if (!content_) {
        auto opened = ContentFileReader::open(path_, vfs_name_);
        if (!opened) {
            return std::unexpected(opened.error());
        }
        content_.emplace(std::move(*opened));
    }
    return &*content_;
}

base::Result<mail::Block> MessageReader::unfinished_block(const Place& place, std::size_t number) {
    const auto file = content();
    return file ? (*file)->block(place, number) : base::Result<mail::Block>(std::unexpected(file.error()));
}

base::Result<mail::Block> MessageReader::block_at(const Place& place, mail::QueueId id, std::size_t number) {
    const auto file = content();
    if (!file) {
        return std::unexpected(file.error());
    }
    auto block = (*file)->block(place, number);
    if (!block) {
        // Its slots may have another message's content, but only after it was removed.
        const auto still = place_of(id);
        if (still && !*still) {
            return nullptr;
        }
        return base::fail(block.error(), base::format("{}: the content cannot be read", id.text()));
    }
    return block;
}

base::Result<std::vector<mail::StoredMessage>> MessageReader::collect(Rows rows, std::size_t count) {
    std::vector<mail::StoredMessage> messages;
    while (messages.size() < count) {
        const auto found = rows.next();
        if (!found) {
            return std::unexpected(found.error());
        }
        if (!*found) {
            break;
        }
        auto message = message_of(rows);
        if (!message) {
            return std::unexpected(message.error());
        }
        messages.push_back(std::move(*message));
    }
    return messages;
}

base::Result<mail::StoredMessage> MessageReader::message_of(const Rows& row) {
    mail::StoredMessage message;
    message.id = id_of(row.number(0));
    message.queue = static_cast<mail::QueueName>(row.number(1));
    message.next_attempt = time_of(row.number(2));
    const std::int64_t flags = row.number(3);
    message.delay_warned = (flags & message_flags::delay_warned) != 0;
    message.force_expire = (flags & message_flags::force_expire) != 0;
    auto envelope = decode_envelope(row.bytes(4));
    if (!envelope) {
        message.damaged = true;
        message.envelope.arrival = time_of(row.number(0));  // what an id is
        return message;
    }
    message.envelope = std::move(*envelope);
    message.recipients.resize(message.envelope.recipients.size());
    if ((flags & message_flags::has_states) != 0) {
        const auto added = add_states(message);
        message.damaged = !added && added.error().kind == base::ErrorKind::invalid;  // a page of the file: no harm to other messages
        if (!added && !message.damaged) {
            return std::unexpected(added.error());
        }
    }
    return message;
}

base::Result<void> MessageReader::add_states(mail::StoredMessage& message) {
    Rows rows = states_.query(row_id(message.id));
    for (;;) {
        const auto found = rows.next();
        if (!found) {
            return std::unexpected(found.error());
        }
        if (!*found) {
            return {};
        }
        auto state = decode_recipient_state(rows.bytes(1));
        const auto number = static_cast<std::size_t>(rows.number(0));
        if (!state || number >= message.recipients.size()) {
            // Pending, so it is tried again: a duplicate at worst.
            if (warn_) {
                warn_(base::format("{}: the state of recipient {} is damaged in the spool", message.id.text(), number));
            }
            continue;
        }
        message.recipients[number] = std::move(*state);
    }
}

}  // namespace posthouse::queue
