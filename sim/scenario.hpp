#pragma once
// A scenario: one whole simulated story from one seed.
#include <cstdint>
#include <string>
#include <vector>

#include "sim/scheduler.hpp"

namespace posthouse::sim {

struct Verdict {
    std::vector<std::string> problems;  // empty: all promises were kept
    std::uint64_t trace_hash = 0;
    std::uint64_t events = 0;
    std::string summary;
};

[[nodiscard]] Verdict run_scenario(std::uint64_t seed, Scheduler::Tracing tracing);

}  // namespace posthouse::sim
