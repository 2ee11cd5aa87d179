#pragma once
// Committed: proof that a message is on stable storage. Only the spool makes one, and only from it can the positive reply
// to mail data be built: 250 means durable. (Or discarded, where the administrator wants that.)
#include "mail/queue_id.hpp"

namespace posthouse::mail {

class Committed {
public:
    [[nodiscard]] QueueId queue_id() const { return queue_id_; }

private:
    friend class CommitAuthority;
    explicit Committed(QueueId id) : queue_id_(id) {}
    QueueId queue_id_;
};

/// The spool derives from it; nothing else does.
class CommitAuthority {
protected:
    [[nodiscard]] static Committed attest(QueueId id) { return Committed(id); }
};

}  // namespace posthouse::mail
