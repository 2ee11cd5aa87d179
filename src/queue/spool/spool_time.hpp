#pragma once
// Times and queue IDs as SQLite integers.
#include <chrono>
#include <cstdint>

#include "mail/queue_id.hpp"
#include "world/deadline.hpp"

namespace posthouse::queue {

/// Microseconds since 1970, rounded up: nothing becomes due before its time.
[[nodiscard]] inline std::int64_t due_number(world::WallTime time) {
    return std::chrono::ceil<std::chrono::microseconds>(time.time_since_epoch()).count();
}
/// Microseconds since 1970, rounded down, to compare due times with.
[[nodiscard]] inline std::int64_t now_number(world::WallTime time) {
    return std::chrono::floor<std::chrono::microseconds>(time.time_since_epoch()).count();
}
[[nodiscard]] inline world::WallTime time_of(std::int64_t microseconds) {
    return world::WallTime(std::chrono::duration_cast<world::WallTime::duration>(std::chrono::microseconds(microseconds)));
}
[[nodiscard]] inline std::int64_t row_id(mail::QueueId id) { return static_cast<std::int64_t>(id.value); }
[[nodiscard]] inline mail::QueueId id_of(std::int64_t row) { return mail::QueueId{static_cast<std::uint64_t>(row)}; }

}  // namespace posthouse::queue
