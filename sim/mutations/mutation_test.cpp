#include "sim/mutations/mutation.hpp"

#include <gtest/gtest.h>

namespace posthouse::sim {
namespace {

bool says(const Verdict& verdict, std::string_view finding) {
    return std::ranges::any_of(verdict.problems, [finding](const std::string& problem) { return problem.find(finding) != std::string::npos; });
}

class Mutations : public testing::TestWithParam<Mutation> {};

}  // namespace

// Does the judge have teeth? Stories change with the program, so the seed that once found a defect is where the search begins.
TEST_P(Mutations, is_found_out) {
    constexpr std::uint64_t seeds_more = 60;
    const Mutation& mutation = GetParam();
    ScenarioOptions options;
    mutation.apply(options);
    bool found = false;
    for (std::uint64_t seed = mutation.seed; seed <= mutation.seed + seeds_more && !found; ++seed) {
        found = says(run_scenario(seed, options), mutation.finding);
    }
    EXPECT_TRUE(found) << mutation.what << ": no story says \"" << mutation.finding << '"';
}

INSTANTIATE_TEST_SUITE_P(each, Mutations, testing::ValuesIn(all_mutations().begin(), all_mutations().end()), [](const auto& of) {
    std::string name(of.param.name);
    std::ranges::replace(name, '-', '_');
    return name;
});

TEST(mutations, without_one_the_same_stories_are_clean) {
    for (const Mutation& mutation : all_mutations()) {
        EXPECT_EQ(run_scenario(mutation.seed).problems, std::vector<std::string>{}) << "seed " << mutation.seed;
    }
}

}  // namespace posthouse::sim
