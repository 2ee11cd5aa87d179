#pragma once
// SimRandom: splitmix64. All that is random in a simulated world comes from its one seed.
#include "world/random.hpp"

namespace posthouse::sim {

class SimRandom final : public world::Random {
public:
    explicit SimRandom(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() override {
        state_ += 0x9e3779b97f4a7c15U;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31U);
    }
    /// Uniform in [low, high].
    std::uint64_t between(std::uint64_t low, std::uint64_t high) { return low + below(high - low + 1); }
    /// True in `per_mille` of 1000 cases.
    bool chance(unsigned per_mille) { return per_mille > 0 && below(1000) < per_mille; }

private:
    std::uint64_t state_;
};

}  // namespace posthouse::sim
