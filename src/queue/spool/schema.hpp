#pragma once
// The spool's tables and their versions. docs/spool.md explains them; keep both in step.
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "queue/spool/sqlite.hpp"

namespace posthouse::queue {

/// Where the spool of a queue_directory is: in a folder of its own, because SQLite makes files beside the database and
/// queue_directory itself is not the mail owner's to write.
[[nodiscard]] std::string spool_path(const std::string& queue_directory);

struct SpoolOptions {
    std::string vfs_name;                  // empty: SQLite's default
    int page_size = 8192;                  // bytes; only for a new file. Measured, see docs/spool.md
    int wal_autocheckpoint = 2000;         // pages in the WAL before they are copied into the file
    std::int64_t wal_size_limit = 64 << 20;  // bytes; a WAL that a burst made longer is cut when it starts over
    int writer_cache_kib = 8192;           // page cache of the writing connection
    int reader_cache_kib = 1024;           // of each reading one
    std::uint64_t cores = 1;               // ids are made so that id % cores is the core that takes the message in
    int busy_timeout_ms = 5000;            // a tool that reads may hold a lock for a moment
    std::size_t hot_content_max = 16 << 20;  // bytes of just committed small messages kept in memory
    std::uint64_t unwritten_max = 512 << 20;  // bytes of content that wait for the disk, of all messages that are being received
    std::function<void(std::string_view)> warn = {};  // told about damaged rows; called on any core
};

/// Columns `flags` of a message's row.
namespace message_flags {
inline constexpr std::int64_t delay_warned = 1;
inline constexpr std::int64_t force_expire = 2;
inline constexpr std::int64_t has_states = 4;  // rows in recipient_state
inline constexpr std::int64_t has_chunks = 8;  // rows in chunk: from before version 2
inline constexpr std::int64_t is_large = 16;   // a row in large, none in content
}  // namespace message_flags

/// Content is stored in blocks of exactly this size; the first shorter one (maybe empty) is the last. Part of the format.
inline constexpr std::size_t block_size = 65536;

/// Sets up a connection for writing, makes or migrates the tables.
base::Result<void> prepare_for_writing(Database& database, const SpoolOptions& options);
/// Sets up a connection for reading; refuses a file that is no spool or one of another version.
base::Result<void> prepare_for_reading(Database& database, const SpoolOptions& options);
/// The greatest queue ID that was ever kept in the file and is still there; 0 if none.
base::Result<std::uint64_t> greatest_id(Database& database);

}  // namespace posthouse::queue
