#include "sim/scenario.hpp"

#include <gtest/gtest.h>

#include "sim/hasty_spool_test.hpp"

namespace posthouse::sim {

TEST(scenario, whatever_happens_to_the_server_it_keeps_its_promises) {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        const Verdict verdict = run_scenario(seed);
        EXPECT_EQ(verdict.problems, std::vector<std::string>{}) << "seed " << seed;
    }
}

TEST(scenario, a_seed_tells_the_same_story_twice) {
    for (std::uint64_t seed = 31; seed <= 35; ++seed) {
        EXPECT_EQ(run_scenario(seed).trace_hash, run_scenario(seed).trace_hash) << "seed " << seed;
    }
    EXPECT_NE(run_scenario(31).trace_hash, run_scenario(32).trace_hash);
}

// Does the judge have teeth? A 250 that comes a tenth of a second before its commit must be found out.
TEST(scenario, a_spool_that_promises_before_it_commits_is_found_out) {
    ScenarioOptions options;
    options.wrap_spool = [](mail::Spool& spool, Scheduler& scheduler) { return std::make_unique<HastySpool>(spool, scheduler); };
    std::size_t losses = 0;
    for (std::uint64_t seed = 1; seed <= 40 && losses == 0; ++seed) {
        for (const std::string& problem : run_scenario(seed, options).problems) {
            losses += problem.find("accepted and lost") != std::string::npos ? 1 : 0;
        }
    }
    EXPECT_GT(losses, 0U);
}

}  // namespace posthouse::sim
