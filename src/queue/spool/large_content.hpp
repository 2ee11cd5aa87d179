#pragma once
// LargeContent: the content of large messages on its way into the content file and out of it again, beside the transactions that
// the database makes of them. Blocking; used by the commit thread.
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "queue/spool/content_file.hpp"
#include "queue/spool/request.hpp"

namespace posthouse::queue {

/// More than one block: its content is not in the database.
[[nodiscard]] inline bool is_large(const NewMessage& message) { return message.content.first_block > 0 || message.content.blocks.size() > 1; }

class LargeContent {
public:
    explicit LargeContent(ContentFile file) : file_(std::move(file)) {}

    /// Before the transaction: writes all blocks in `requests`, and syncs them if a large message ends there. One result each; what
    /// has failed here must not be committed.
    std::vector<ChangeResult> write(std::span<const Request> requests);
    /// Of a message that write() has ended without an error.
    [[nodiscard]] const Place& place_of(mail::QueueId id) const { return arriving_.at(id).place; }
    /// The transaction that is under way removes a message.
    void removed(Place place) { removed_.push_back(std::move(place)); }
    /// A transaction has ended; what it removed can be written over from now on.
    void committed();
    void rolled_back() { removed_.clear(); }
    /// After the last transaction of `requests`: messages that ended have arrived or never will, abandoned ones go.
    void settle(std::span<const Request> requests, const std::vector<ChangeResult>& results);

private:
    // What is written but does not belong to a message yet.
    struct Arriving {
        Place place;
        std::optional<base::Error> lost;  // it may not be on the disk, and never will be
    };

    ChangeResult append(const ContentPart& part);
    void drop(mail::QueueId id);

    ContentFile file_;
    std::map<mail::QueueId, Arriving> arriving_;
    std::vector<Place> removed_;  // in this transaction: free once it is committed
    // Of messages whose commit failed: it may still be found whole if the process dies before the next one.
    std::vector<Place> doubtful_;
};

}  // namespace posthouse::queue
