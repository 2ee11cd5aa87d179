#pragma once
// The Notifier door: tell the sender. Made by bounce; its messages enter through Intake like any other.
#include <vector>

#include "base/result.hpp"
#include "mail/content.hpp"
#include "mail/spool.hpp"

namespace posthouse::mail {

/// `report`: what sendmail -v and -bv want to know, about every recipient whatever became of it.
enum class NotificationKind : std::uint8_t { failure, delay, success, delay_cleared, report };

struct Notification {
    NotificationKind kind = NotificationKind::failure;
    QueueId id;
    std::shared_ptr<const Envelope> envelope;
    struct Entry {
        Recipient recipient;
        Outcome outcome;
    };
    std::vector<Entry> entries;
    std::shared_ptr<ContentSource> content;  // of the message that is reported on
    world::WallTime will_retry_until{};      // delay only
    std::optional<SpoolUpdate> mark = std::nullopt;  // that it was told: committed with the first message it makes
};

class Notifier {
public:
    virtual ~Notifier() = default;
    /// Ok once the notification is committed, or was not due to anybody: then nothing is marked. An error: neither is there, and
    /// the message must be kept and tried again.
    virtual world::Task<base::Result<void>> notify(Notification notification, world::Core& home) = 0;
    /// Whether the failures of this message are to be told one recipient at a time (VERP, disable_verp_bounces = no).
    [[nodiscard]] virtual bool tells_one_by_one(const Envelope& envelope) const {
        static_cast<void>(envelope);
        return false;
    }
};

}  // namespace posthouse::mail
