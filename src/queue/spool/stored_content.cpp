#include "queue/spool/stored_content.hpp"

#include "base/format.hpp"

namespace posthouse::queue {

namespace {

base::Result<mail::Block> read_block(const base::Result<MessageReader*>& reader, mail::QueueId id, std::size_t number, std::optional<Place>& place) {
    if (!reader) {
        return std::unexpected(reader.error());
    }
    auto block = (*reader)->block(id, number, place);
    if (block && *block == nullptr) {
        // The last block is always there, and shorter than the others: a missing one means that the message is gone, and what
        // was sent so far must not pass for the whole.
        return base::fail(base::ErrorKind::not_found, base::format("{}: the content is not in the spool any more", id.text()));
    }
    return block;
}

}  // namespace

world::Task<base::Result<std::unique_ptr<mail::ContentReader>>> SqliteSpool::Source::open() {
    mail::Block first = spool_.hot_->find(id_);
    std::optional<Place> place;
    if (first == nullptr) {
        auto stored = read_block(spool_.reader(home_), id_, 0, place);
        if (!stored) {
            co_return std::unexpected(std::move(stored.error()));
        }
        first = std::move(*stored);
    }
    co_return std::make_unique<StoredContent>(spool_, home_, id_, std::move(first), std::move(place));
}

world::Task<base::Result<mail::Block>> SqliteSpool::StoredContent::next() { co_return take(); }

base::Result<mail::Block> SqliteSpool::StoredContent::take() {
    if (at_end_) {
        return nullptr;
    }
    auto block = next_number_ == 0 ? base::Result<mail::Block>(std::move(first_)) : read_block(spool_.reader(home_), id_, next_number_, place_);
    if (!block) {
        return block;
    }
    ++next_number_;
    at_end_ = (*block)->size() < block_size;
    if ((*block)->empty()) {
        return nullptr;
    }
    return block;
}

}  // namespace posthouse::queue
