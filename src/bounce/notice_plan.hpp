#pragma once
// Who is to be told about what (RFC 3464 §2, RFC 3461 §4.1, bounce(8)): pure.
#include <string>
#include <vector>

#include "bounce/settings.hpp"
#include "mail/notifier.hpp"

namespace posthouse::bounce {

enum class Audience : std::uint8_t { sender, postmaster };
enum class Returned : std::uint8_t { full, headers };

/// One message to be made.
struct Notice {
    Audience audience = Audience::sender;
    std::string to;                  // internal form
    mail::ReversePath reverse_path;  // null to the sender; double-bounce@ to the postmaster, so that its failure ends there
    std::vector<mail::Notification::Entry> entries;
    Returned returned = Returned::full;
};

struct NoticePlan {
    std::vector<Notice> notices;  // the first must succeed, the others are copies
    bool discarded = false;       // a notification to the postmaster that itself failed
};

/// Nothing to send is a plan too: null reverse-path, NOTIFY=NEVER.
[[nodiscard]] NoticePlan plan_notices(const mail::Notification& notification, const BounceSettings& settings);

}  // namespace posthouse::bounce
