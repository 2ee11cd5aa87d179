#pragma once
// ContentFile: the blocks of large messages, in slots of one file beside the database, which knows their places. A message of one
// block stays in the database; a larger one would pass its log, its checksum and its file. docs/spool.md, "Large messages".
#include <map>
#include <span>
#include <string>
#include <vector>

#include "mail/content.hpp"
#include "queue/spool/free_slots.hpp"
#include "queue/spool/vfs_file.hpp"

namespace posthouse::queue {

/// The content file of the database `spool_path`.
[[nodiscard]] std::string content_path(const std::string& spool_path);

/// The writing side, used by the commit thread. Blocking.
class ContentFile {
public:
    static base::Result<ContentFile> open(const std::string& spool_path, const std::string& vfs_name);

    /// For the start: `place` is in use. False: a part of it is another message's.
    bool occupy(const Place& place);
    /// Writes `blocks` into free slots and adds them to `place`. On failure `place` is as it was.
    base::Result<void> append(Place& place, std::span<const mail::Block> blocks);
    /// Everything appended so far is on the disk. After a failure nobody knows which of it will ever be: it must not be used.
    base::Result<void> sync() { return file_.sync(); }
    /// The slots may be written again, at once. So whoever reads the place from the disk after a crash must not find it.
    void release(const Place& place);
    /// Gives a long unused end back to the file system.
    base::Result<void> trim();

private:
    explicit ContentFile(VfsFile file) : file_(std::move(file)) {}
    VfsFile file_;
    FreeSlots slots_;
    std::uint64_t slots_in_file_ = 0;  // as far as was written or found in use
};

/// One reading side: a core's, or a tool's.
class ContentFileReader {
public:
    static base::Result<ContentFileReader> open(const std::string& spool_path, const std::string& vfs_name);
    /// Block `number` of what lies at `place`; the one behind the last is empty if the last is full (mail::Block of schema.hpp), then null.
    /// ErrorKind::invalid: not what was written; damaged, or the message was removed and its slots have another one's content.
    base::Result<mail::Block> block(const Place& place, std::uint64_t number);

private:
    explicit ContentFileReader(VfsFile file) : file_(std::move(file)) {}
    VfsFile file_;
};

}  // namespace posthouse::queue
