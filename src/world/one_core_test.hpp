#pragma once
// For tests: one core whose work waits in a line, files in memory, and a clock that stands still.
#include "world/memory_world_test.hpp"
#include "world/nobody_test.hpp"

namespace posthouse::world::memory {

class StoppedClock final : public Clock {
public:
    [[nodiscard]] SteadyTime now() const override { return {}; }
    [[nodiscard]] WallTime wall_now() const override { return {}; }
    Task<void> sleep_until(SteadyTime) override { co_return; }
};

struct OneCore {
    StoppedClock clock;
    Line line;
    MemoryFiles files;
    nobody::NoNetwork network;
    nobody::NoResolver resolver;
    nobody::Four random;
    Core core{0, line, clock, network, resolver, random};
};

}  // namespace posthouse::world::memory
