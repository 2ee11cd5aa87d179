#pragma once
// The QueueAdmin door: what an administrator may do to the queue. Made by queue, used by control.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "mail/spool.hpp"

namespace posthouse::mail {

struct ListedMessage {
    StoredMessage message;
    QueueName queue = QueueName::active;
};

class QueueAdmin {
public:
    virtual ~QueueAdmin() = default;
    /// Up to `count` messages with ids above `after`, all queues, in order of arrival.
    virtual world::Task<base::Result<std::vector<ListedMessage>>> list(QueueId after, std::size_t count, world::Core& home) = 0;
    /// postqueue -f: every deferred message is tried now.
    virtual world::Task<base::Result<void>> flush(world::Core& home) = 0;
    /// False: no such message (in that state).
    virtual world::Task<base::Result<bool>> flush_message(QueueId id, world::Core& home) = 0;
    virtual world::Task<base::Result<bool>> remove(QueueId id, world::Core& home) = 0;
    virtual world::Task<base::Result<bool>> hold(QueueId id, world::Core& home) = 0;
    virtual world::Task<base::Result<bool>> release(QueueId id, world::Core& home) = 0;
    /// postsuper -e: what the next attempt does not deliver goes back to the sender.
    virtual world::Task<base::Result<bool>> expire(QueueId id, world::Core& home) = 0;
    virtual std::shared_ptr<ContentSource> content(QueueId id, world::Core& home) = 0;
};

}  // namespace posthouse::mail
