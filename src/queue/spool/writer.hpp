#pragma once
// SqliteSpool::Writer: a message on its way into the spool. Small ones travel with their commit; of a large one, parts go ahead
// while it is still being received, so that it never sits in memory as a whole. Lives on its home core.
#include "queue/spool/sqlite_spool.hpp"
#include "queue/spool/unwritten.hpp"

namespace posthouse::queue {

class SqliteSpool::Writer final : public mail::SpoolWriter {
public:
    Writer(SqliteSpool& spool, world::Core& home, mail::QueueId id) : spool_(spool), home_(home), id_(id), unwritten_(*spool.unwritten_) {}
    ~Writer() override;

    [[nodiscard]] mail::QueueId queue_id() const override { return id_; }
    world::Task<base::Result<void>> write(std::string_view bytes) override;
    world::Task<base::Result<mail::Committed>> commit_along(mail::Envelope envelope, mail::QueueName queue, std::optional<mail::SpoolUpdate> along) override;
    void keep_readable() override { place_ = std::make_shared<Place>(); }
    world::Task<base::Result<std::unique_ptr<mail::ContentReader>>> read_back() override;
    [[nodiscard]] mail::Committed discard() override { return attest(id_); }  // parts go with the writer

private:
    class Unfinished;
    // Gathered before a part is sent; with the part under way at most twice as much is in memory. Ours: four blocks make a
    // commit's sync cheap in comparison. When memory gets tight, each block goes at once.
    static constexpr std::size_t part_blocks = 4;

    enum class State : std::uint8_t { writing, committing, committed, failed };

    void end_block();
    /// Full blocks that wait or are under way; false, and the message has failed: there is no memory for them.
    bool count_blocks();
    [[nodiscard]] std::size_t blocks_to_gather() const { return unwritten_.all().is_tight() ? 1 : part_blocks; }
    world::Task<base::Result<void>> send_part();
    world::Task<base::Result<void>> wait_for_part();
    [[nodiscard]] ContentPart take_blocks();

    SqliteSpool& spool_;
    world::Core& home_;
    mail::QueueId id_;
    State state_ = State::writing;
    base::Error error_;         // when failed
    std::string current_;       // the block that is being filled
    std::vector<mail::Block> blocks_;
    std::size_t sent_ = 0;      // blocks
    std::size_t on_the_way_ = 0;  // blocks, in the part under way
    UnwrittenShare unwritten_;
    std::shared_ptr<Place> place_;  // of what was sent; null: it is not read back. Written by the commit thread while a part is under way
    std::shared_ptr<world::OneShot<ChangeResult>> under_way_;
};

}  // namespace posthouse::queue
