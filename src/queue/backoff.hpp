#pragma once
// When to try again, and when to give up. Pure.
#include "queue/settings.hpp"
#include "world/deadline.hpp"

namespace posthouse::queue {

/// qmgr(8): the wait is the message's age, at least minimal_backoff_time and at most maximal_backoff_time.
[[nodiscard]] inline world::WallTime next_attempt(world::WallTime arrival, world::WallTime now, const QueueSettings& settings) {
    const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - arrival);
    return now + std::clamp(age, settings.minimal_backoff_time, std::max(settings.minimal_backoff_time, settings.maximal_backoff_time));
}

/// Whether a message that is deferred at `now` goes back to its sender instead.
enum class SenderKind : std::uint8_t { ordinary, null_reverse_path };
[[nodiscard]] inline bool is_expired(world::WallTime arrival, world::WallTime now, SenderKind sender, const QueueSettings& settings) {
    const auto lifetime = sender == SenderKind::null_reverse_path ? std::min(settings.bounce_queue_lifetime, settings.maximal_queue_lifetime)
                                                                  : settings.maximal_queue_lifetime;
    return now - arrival >= lifetime;
}

}  // namespace posthouse::queue
