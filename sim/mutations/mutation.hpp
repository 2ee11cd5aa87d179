#pragma once
// Mutations: deliberate defects, to see that the judge notices. Each is put between the server and its world, or into its
// configuration behind the judge's back; production code has no switch for any.
#include <span>
#include <string_view>

#include "sim/scenario.hpp"

namespace posthouse::sim {

struct Mutation {
    std::string_view name;
    std::string_view what;
    void (*apply)(ScenarioOptions& options);
    std::uint64_t seed;       // of a story in which it is found out
    std::string_view finding;  // what is said then, a part of it
};

[[nodiscard]] std::span<const Mutation> all_mutations();
/// nullptr: there is none of this name.
[[nodiscard]] const Mutation* find_mutation(std::string_view name);

}  // namespace posthouse::sim
