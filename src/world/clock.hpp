#pragma once
// Time. One Clock per core; only net/ and the simulation implement it.
#include "world/deadline.hpp"
#include "world/task.hpp"

namespace posthouse::world {

class Clock {
public:
    virtual ~Clock() = default;
    /// Monotonic; may be cached for the current turn of the event loop.
    [[nodiscard]] virtual SteadyTime now() const = 0;
    /// What time it is for people: may jump.
    [[nodiscard]] virtual WallTime wall_now() const = 0;
    virtual Task<void> sleep_until(SteadyTime time) = 0;

    Task<void> sleep_for(Duration duration) { return sleep_until(now() + duration); }
    [[nodiscard]] Deadline deadline_in(Duration duration) const { return Deadline::at(now() + duration); }
};

}  // namespace posthouse::world
