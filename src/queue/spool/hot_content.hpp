#pragma once
// Content of small messages that were just committed, so that the first delivery attempt reads no disk. Thread-safe.
#include <cstddef>
#include <map>

#include "base/guarded.hpp"
#include "mail/content.hpp"
#include "mail/queue_id.hpp"

namespace posthouse::queue {

class HotContent {
public:
    explicit HotContent(std::size_t bytes_max) : bytes_max_(bytes_max) {}
    /// Makes room by forgetting the oldest messages.
    void keep(mail::QueueId id, mail::Block block);
    void forget(mail::QueueId id);
    /// Null: not here; read it from the spool.
    [[nodiscard]] mail::Block find(mail::QueueId id);
    [[nodiscard]] std::size_t bytes();

private:
    struct Kept {
        std::map<mail::QueueId, mail::Block> blocks;
        std::size_t bytes = 0;
        void remove(std::map<mail::QueueId, mail::Block>::iterator entry);
    };
    std::size_t bytes_max_;
    base::Guarded<Kept> kept_;
};

}  // namespace posthouse::queue
