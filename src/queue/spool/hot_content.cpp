#include "queue/spool/hot_content.hpp"

namespace posthouse::queue {

namespace {
// A map node, a string and its control block; so that a flood of empty messages is bounded too.
constexpr std::size_t overhead = 192;
std::size_t cost(const mail::Block& block) { return block->capacity() + overhead; }
}  // namespace

void HotContent::Kept::remove(std::map<mail::QueueId, mail::Block>::iterator entry) {
    bytes -= cost(entry->second);
    blocks.erase(entry);
}

void HotContent::keep(mail::QueueId id, mail::Block block) {
    const std::size_t needed = cost(block);
    if (needed > bytes_max_) {
        return;
    }
    kept_.with([&](Kept& kept) {
        while (kept.bytes + needed > bytes_max_) {
            kept.remove(kept.blocks.begin());
        }
        if (kept.blocks.emplace(id, std::move(block)).second) {
            kept.bytes += needed;
        }
    });
}

void HotContent::forget(mail::QueueId id) {
    kept_.with([&](Kept& kept) {
        if (const auto found = kept.blocks.find(id); found != kept.blocks.end()) {
            kept.remove(found);
        }
    });
}

mail::Block HotContent::find(mail::QueueId id) {
    return kept_.with([&](Kept& kept) {
        const auto found = kept.blocks.find(id);
        return found != kept.blocks.end() ? found->second : nullptr;
    });
}

std::size_t HotContent::bytes() {
    return kept_.with([](Kept& kept) { return kept.bytes; });
}

}  // namespace posthouse::queue
