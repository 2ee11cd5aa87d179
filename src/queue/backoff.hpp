#pragma once
// When a deferred message is tried again, as qmgr(8) does it: the older the message, the longer the pause. Pure.
#include <chrono>
#include <cstdint>

#include "world/deadline.hpp"

namespace posthouse::queue {

struct BackoffLimits {
    std::chrono::seconds minimal_backoff_time{300};
    std::chrono::seconds maximal_backoff_time{4000};
    std::chrono::seconds maximal_queue_lifetime{std::chrono::days(5)};
};

/// The pause after an attempt that ended at `now`: the message's age, at least minimal_backoff_time and at most
/// maximal_backoff_time (which yields if it is the smaller one). A clock that went back counts as no age.
[[nodiscard]] std::chrono::microseconds next_delay(world::WallTime arrival, world::WallTime now, const BackoffLimits& limits);

/// now + next_delay, but not beyond the end of the message's life, so that it expires in time rather than one pause late.
/// Past the end of its life: the minimal pause.
[[nodiscard]] world::WallTime next_attempt(world::WallTime arrival, world::WallTime now, const BackoffLimits& limits);

/// Whether a message that could not be delivered at `now` is given back to its sender. A lifetime of 0: after one attempt.
[[nodiscard]] bool has_expired(world::WallTime arrival, world::WallTime now, const BackoffLimits& limits);

}  // namespace posthouse::queue
