#pragma once
// Randomness: from the kernel, or from the simulation's seed.
#include <cstdint>

namespace posthouse::world {

class Random {
public:
    virtual ~Random() = default;
    virtual std::uint64_t next() = 0;
    /// Uniform in [0, bound); bound > 0. The modulo bias is below 2^-32 for the small bounds used here.
    std::uint64_t below(std::uint64_t bound) { return next() % bound; }
};

}  // namespace posthouse::world
