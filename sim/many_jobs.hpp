#pragma once
// Many seeds by several processes of this program: SQLite's random numbers are one per process, so threads would not do.
#include <cstdint>
#include <span>

namespace posthouse::sim {

struct JobPlan {
    std::uint64_t seed = 1;
    std::uint64_t seeds = 1;
    std::uint64_t jobs = 1;
    bool quiet = false;  // good seeds are not worth a line
};

/// Runs this program with the same words and a share of the seeds `jobs` times. 0: all was well.
int run_jobs(std::span<char*> words, const JobPlan& plan);

}  // namespace posthouse::sim
