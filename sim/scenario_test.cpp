#include "sim/scenario.hpp"

#include <gtest/gtest.h>

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

TEST(scenario, every_kind_of_story_ends_well) {
    for (const StoryKind kind : {StoryKind::many_domains, StoryKind::dead_provider, StoryKind::bulk, StoryKind::bounce_storm, StoryKind::backlog, StoryKind::large}) {
        ScenarioOptions options;
        options.kind = kind;
        options.scale = 200;
        const Verdict verdict = run_scenario(7, options);
        EXPECT_EQ(verdict.problems, std::vector<std::string>{}) << name_of(kind);
        EXPECT_GT(verdict.totals.accepted, kind == StoryKind::large ? 5U : 100U) << name_of(kind);
    }
}

}  // namespace posthouse::sim
