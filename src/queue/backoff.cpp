#include "queue/backoff.hpp"

#include <algorithm>

namespace posthouse::queue {

std::chrono::microseconds next_delay(world::WallTime arrival, world::WallTime now, const BackoffLimits& limits) {
    const auto age = std::chrono::ceil<std::chrono::microseconds>(now - arrival);
    const std::chrono::microseconds longest = std::min<std::chrono::microseconds>(age, limits.maximal_backoff_time);
    return std::max<std::chrono::microseconds>(longest, limits.minimal_backoff_time);
}

world::WallTime next_attempt(world::WallTime arrival, world::WallTime now, const BackoffLimits& limits) {
    const world::WallTime wanted = now + next_delay(arrival, now, limits);
    const world::WallTime earliest = now + limits.minimal_backoff_time;
    const world::WallTime end_of_life = arrival + limits.maximal_queue_lifetime;
    return std::max(earliest, std::min(wanted, end_of_life));
}

bool has_expired(world::WallTime arrival, world::WallTime now, const BackoffLimits& limits) {
    return now - arrival >= limits.maximal_queue_lifetime;
}

}  // namespace posthouse::queue
