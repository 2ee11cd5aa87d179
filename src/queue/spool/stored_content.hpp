#pragma once
// SqliteSpool::Source and StoredContent: content on its way out, from memory if it is hot, else block by block from the spool.
// Reads on the core: nearly always from the page cache, some 20 µs for a block.
#include "queue/spool/sqlite_spool.hpp"

namespace posthouse::queue {

class SqliteSpool::Source final : public mail::ContentSource {
public:
    Source(SqliteSpool& spool, world::Core& home, mail::QueueId id) : spool_(spool), home_(home), id_(id) {}
    world::Task<base::Result<std::unique_ptr<mail::ContentReader>>> open() override;

private:
    SqliteSpool& spool_;
    world::Core& home_;
    mail::QueueId id_;
};

class SqliteSpool::StoredContent final : public mail::ContentReader {
public:
    /// `first` is block 0; `place` that of a large message.
    StoredContent(SqliteSpool& spool, world::Core& home, mail::QueueId id, mail::Block first, std::optional<Place> place)
        : spool_(spool), home_(home), id_(id), first_(std::move(first)), place_(std::move(place)) {}
    world::Task<base::Result<mail::Block>> next() override;

private:
    base::Result<mail::Block> take();

    SqliteSpool& spool_;
    world::Core& home_;
    mail::QueueId id_;
    mail::Block first_;
    std::optional<Place> place_;
    std::size_t next_number_ = 0;
    bool at_end_ = false;
};

}  // namespace posthouse::queue
