#include "queue/spool/schema.hpp"

#include <array>

#include "base/format.hpp"

namespace posthouse::queue {

namespace {

constexpr std::int64_t application_id = 0x50487370;  // "PHsp"

// Step n turns version n into version n + 1. A released step never changes.
constexpr std::array<const char*, 2> migrations = {
    // 1: rowid tables wherever a blob is stored: a row of a WITHOUT ROWID table keeps only a quarter of a page in place, and
    // 10 KB messages cost 1.5 to 2 times the CPU there.
    "CREATE TABLE fresh(id INTEGER PRIMARY KEY, flags INTEGER NOT NULL, envelope BLOB NOT NULL);"
    "CREATE TABLE deferred(id INTEGER PRIMARY KEY, due INTEGER NOT NULL, flags INTEGER NOT NULL, envelope BLOB NOT NULL);"
    "CREATE INDEX deferred_due ON deferred(due, id);"
    "CREATE TABLE held(id INTEGER PRIMARY KEY, flags INTEGER NOT NULL, envelope BLOB NOT NULL);"
    "CREATE TABLE content(id INTEGER PRIMARY KEY, data BLOB NOT NULL);"
    "CREATE TABLE chunk(message INTEGER NOT NULL, seq INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY(message, seq));"
    "CREATE TABLE recipient_state(message INTEGER NOT NULL, number INTEGER NOT NULL, state BLOB NOT NULL,"
    " PRIMARY KEY(message, number)) WITHOUT ROWID;"
    "CREATE TABLE unfinished(id INTEGER PRIMARY KEY);",
    // 2: the content of large messages has a file of its own. Messages with rows in chunk stay as they are until they leave.
    "DELETE FROM content WHERE id IN (SELECT id FROM unfinished);"
    "DELETE FROM chunk WHERE message IN (SELECT id FROM unfinished);"
    "DROP TABLE unfinished;"
    "CREATE TABLE large(id INTEGER PRIMARY KEY, place BLOB NOT NULL);",
};
constexpr std::int64_t newest_version = migrations.size();

struct Identity {
    std::int64_t application = 0;
    std::int64_t version = 0;
    std::int64_t tables = 0;
};

base::Result<Identity> identify(Database& database) {
    Identity identity;
    const std::pair<const char*, std::int64_t*> questions[] = {
        {"PRAGMA application_id", &identity.application},
        {"PRAGMA user_version", &identity.version},
        {"SELECT count(*) FROM sqlite_schema", &identity.tables},
    };
    for (const auto& [sql, answer] : questions) {
        const auto value = database.number(sql);
        if (!value) {
            return std::unexpected(value.error());
        }
        *answer = value->value_or(0);
    }
    return identity;
}

base::Result<void> check(const Identity& identity, const Database& database) {
    const char* const path = sqlite3_db_filename(database.handle(), "main");
    if (identity.application != application_id && (identity.application != 0 || identity.tables != 0)) {
        return base::fail(base::ErrorKind::invalid, base::format("{} is an SQLite database, but not a spool", path));
    }
    if (identity.version > newest_version) {
        return base::fail(base::ErrorKind::invalid, base::format("spool {} was made by a newer release (version {}, known: {})", path,
                                                                 identity.version, newest_version));
    }
    return {};
}

base::Result<void> run_all(Database& database, const std::vector<std::string>& statements) {
    for (const std::string& sql : statements) {
        if (auto done = database.execute(sql); !done) {
            database.roll_back();
            return done;
        }
    }
    return {};
}

base::Result<void> migrate(Database& database, const Identity& identity) {
    for (std::int64_t version = identity.version; version < newest_version; ++version) {
        const auto step = run_all(database, {"BEGIN IMMEDIATE", migrations[static_cast<std::size_t>(version)],
                                             base::format("PRAGMA application_id = {}", application_id),
                                             base::format("PRAGMA user_version = {}", version + 1), "COMMIT"});
        if (!step) {
            return base::fail(step.error(), base::format("migration to version {}", version + 1));
        }
    }
    return {};
}

}  // namespace

std::string spool_path(const std::string& queue_directory) { return queue_directory + "/spool/spool.sqlite"; }

base::Result<void> prepare_for_writing(Database& database, const SpoolOptions& options) {
    database.set_busy_timeout(options.busy_timeout_ms);
    const auto settings = run_all(database, {
        base::format("PRAGMA page_size = {}", options.page_size),
        "PRAGMA trusted_schema = OFF",
        "PRAGMA temp_store = MEMORY",
        "PRAGMA secure_delete = OFF",  // Debian builds with ON: each removed message's pages were zeroed, logged and synced again
        base::format("PRAGMA cache_size = -{}", options.writer_cache_kib),
    });
    if (!settings) {
        return settings;
    }
    const auto identity = identify(database);
    if (!identity) {
        return std::unexpected(identity.error());
    }
    if (auto checked = check(*identity, database); !checked) {
        return checked;
    }
    if (auto durable = run_all(database, {"PRAGMA synchronous = EXTRA", "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL",
                                          base::format("PRAGMA wal_autocheckpoint = {}", options.wal_autocheckpoint),
                                          base::format("PRAGMA journal_size_limit = {}", options.wal_size_limit)});
        !durable) {
        return durable;
    }
    if (auto migrated = migrate(database, *identity); !migrated) {
        return migrated;
    }
    // What a crash left in the WAL is in the file, synced, before anything is built on it.
    return database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

base::Result<void> prepare_for_reading(Database& database, const SpoolOptions& options) {
    database.set_busy_timeout(options.busy_timeout_ms);
    if (auto settings = run_all(database, {"PRAGMA trusted_schema = OFF", "PRAGMA query_only = ON",
                                           base::format("PRAGMA cache_size = -{}", options.reader_cache_kib)});
        !settings) {
        return settings;
    }
    const auto identity = identify(database);
    if (!identity) {
        return std::unexpected(identity.error());
    }
    if (auto checked = check(*identity, database); !checked) {
        return checked;
    }
    if (identity->version != newest_version) {
        return base::fail(base::ErrorKind::invalid, base::format("spool {} has version {}; start the server once to bring it to {}",
                                                                 sqlite3_db_filename(database.handle(), "main"), identity->version, newest_version));
    }
    return {};
}

base::Result<std::uint64_t> greatest_id(Database& database) {
    const auto found = database.number(
        "SELECT max(coalesce((SELECT max(id) FROM fresh), 0), coalesce((SELECT max(id) FROM deferred), 0),"
        " coalesce((SELECT max(id) FROM held), 0), coalesce((SELECT max(id) FROM content), 0))");
    if (!found) {
        return std::unexpected(found.error());
    }
    return static_cast<std::uint64_t>(std::max<std::int64_t>(found->value_or(0), 0));
}

}  // namespace posthouse::queue
