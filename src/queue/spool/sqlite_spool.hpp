#pragma once
// SqliteSpool: the spool in one SQLite file. Callable from every core; docs/spool.md has the schema, figures and recovery.
#include <memory>
#include <string>
#include <vector>

#include "base/guarded.hpp"
#include "mail/spool.hpp"
#include "queue/spool/group_commit.hpp"
#include "queue/spool/message_reader.hpp"
#include "queue/spool/unwritten.hpp"

namespace posthouse::queue {

class SqliteSpool final : public mail::Spool, private mail::CommitAuthority {
public:
    /// Opens or makes the file (blocking). `commit_pool` has one thread, which this spool alone uses and which
    /// ends before the cores do. One process at a time:
    /// the caller holds the queue's lock. ErrorKind::invalid: damaged, no spool, or of a newer release; the text says what to do.
    static base::Result<std::unique_ptr<SqliteSpool>> open(std::string path, SpoolOptions options, world::BlockingPool& commit_pool);
    ~SqliteSpool() override;

    /// Finishes what was handed in, copies the WAL into the file, closes. Nothing may use the spool any more, on any core.
    world::Task<base::Result<void>> close(world::Core& home);

    std::unique_ptr<mail::SpoolWriter> create(world::Core& home) override;
    /// ErrorKind::not_found out of the reader: the message was removed meanwhile.
    std::shared_ptr<mail::ContentSource> content(mail::QueueId id, world::Core& home) override;
    world::Task<base::Result<std::optional<mail::StoredMessage>>> load(mail::QueueId id, world::Core& home) override;
    world::Task<base::Result<void>> update(mail::SpoolUpdate update, world::Core& home) override;
    world::Task<base::Result<std::vector<mail::StoredMessage>>> active_after(mail::QueueId after, std::size_t count, mail::Share share,
                                                                             world::Core& home) override;
    world::Task<base::Result<std::vector<mail::StoredMessage>>> due(world::WallTime now, mail::DuePosition after, std::size_t count,
                                                                    mail::Share share, world::Core& home) override;
    world::Task<base::Result<std::optional<world::WallTime>>> next_due(mail::DuePosition after, mail::Share share, world::Core& home) override;
    world::Task<base::Result<std::vector<mail::StoredMessage>>> list(mail::QueueId after, std::size_t count, world::Core& home) override;
    world::Task<base::Result<void>> make_all_due(world::WallTime now, world::Core& home) override;

private:
    class Writer;
    class Source;
    class StoredContent;

    SqliteSpool(std::string path, SpoolOptions options, BatchWriter writer, std::uint64_t greatest_id, world::BlockingPool& commit_pool);
    mail::QueueId next_id(world::Core& home);
    base::Result<MessageReader*> reader(world::Core& home);
    /// Hands `change` in and waits for its commit, even if the caller is cancelled meanwhile.
    world::Task<ChangeResult> perform(Change change, world::Core& home);

    std::string path_;
    SpoolOptions options_;
    std::shared_ptr<HotContent> hot_;
    std::unique_ptr<Unwritten> unwritten_;
    std::shared_ptr<GroupCommit> commit_;
    base::Guarded<std::uint64_t> last_id_;
    base::Guarded<std::vector<std::unique_ptr<MessageReader>>> readers_;  // by core; each is used by its core only
};

}  // namespace posthouse::queue
