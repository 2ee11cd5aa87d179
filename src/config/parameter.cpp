#include "config/parameter.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <vector>

namespace posthouse::config {

namespace {

// Not a std::array: Clang deduces its size with a fold over all rows, and gives up at 256.
constexpr Parameter table[] = {
#define P(name, type, default_text, unit, status, sentence) \
    Parameter{#name, Type::type, default_text, Unit::unit, Status::status, Origin::postfix, sentence},
#define P_OTHER(name, type, unit, status, sentence) \
    Parameter{#name, Type::type, "", Unit::unit, Status::status, Origin::other, sentence},
#define P_OWN(name, type, default_text, unit, status, sentence) \
    Parameter{#name, Type::type, default_text, Unit::unit, Status::status, Origin::own, sentence},
#include "config/parameters.def"
#undef P
#undef P_OTHER
#undef P_OWN
};

/// Levenshtein distance, or more than `limit` as soon as it must be.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
    if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) > limit) {
        return limit + 1;
    }
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        row[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row[b.size()];
}

}  // namespace

std::span<const Parameter> all_parameters() { return table; }

const Parameter* find_parameter(std::string_view name) {
    static const std::unordered_map<std::string_view, const Parameter*> index = [] {
        std::unordered_map<std::string_view, const Parameter*> by_name;
        by_name.reserve(std::size(table));
        for (const Parameter& parameter : table) {
            by_name.emplace(parameter.name, &parameter);
        }
        return by_name;
    }();
    const auto found = index.find(name);
    return found == index.end() ? nullptr : found->second;
}

const Parameter* nearest_parameter(std::string_view name) {
    // Ours: one slip in four letters, four at most; beyond that a suggestion is a guess.
    constexpr std::size_t distance_max = 4;
    const std::size_t limit = std::min(distance_max, name.size() / 4);
    const Parameter* best = nullptr;
    std::size_t best_distance = limit + 1;
    for (const Parameter& parameter : table) {
        const std::size_t distance = edit_distance(name, parameter.name, limit);
        if (distance < best_distance) {
            best_distance = distance;
            best = &parameter;
        }
    }
    return best;
}

}  // namespace posthouse::config
