#pragma once
// Deadline: until when a wait may last. Handed down, only ever shortened; no wait compiles without one.
#include <algorithm>
#include <chrono>

namespace posthouse::world {

using SteadyTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::system_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

class Deadline {
public:
    [[nodiscard]] static Deadline at(SteadyTime time) { return Deadline(time); }
    /// For waits that end only by cancellation: an accept loop, a scheduler's sleep.
    [[nodiscard]] static Deadline never() { return Deadline(SteadyTime::max()); }

    [[nodiscard]] SteadyTime time() const { return time_; }
    [[nodiscard]] bool passed(SteadyTime now) const { return now >= time_; }
    /// The earlier of this deadline and `time`.
    [[nodiscard]] Deadline capped(SteadyTime time) const { return Deadline(std::min(time_, time)); }
    [[nodiscard]] Deadline capped(Deadline other) const { return capped(other.time_); }

private:
    explicit Deadline(SteadyTime time) : time_(time) {}
    SteadyTime time_;
};

}  // namespace posthouse::world
