// posthouse_sim: runs whole simulated servers, each from a seed; exit status 1 and the seed's number if a promise was broken or
// the second run of a seed differed. See docs/simulation.md.
#include <cstdio>
#include <exception>
#include <optional>
#include <span>
#include <string_view>

#include "base/format.hpp"
#include "base/text.hpp"
#include "sim/many_jobs.hpp"
#include "sim/mutations/mutation.hpp"
#include "sim/scenario.hpp"
#include "sim/summary.hpp"

namespace posthouse::sim {
namespace {

constexpr const char* usage =
    "usage: posthouse_sim [--seed N] [--seeds COUNT] [--jobs N] [--twice EACH] [--story KIND [--messages N]] [--mutation NAME] [--quiet yes] [--stop yes] [--trace]\n"
    "  --twice 10: every tenth seed is told twice; 1, the default: every one; 0: none\n";

struct Arguments {
    std::uint64_t seed = 1;
    std::uint64_t seeds = 1;
    std::uint64_t stride = 1;
    std::uint64_t jobs = 1;
    std::uint64_t twice = 1;
    bool quiet = false;
    bool stop = false;  // at the first seed that fails
    ScenarioOptions options;
};

bool take(Arguments& out, std::string_view word, std::string_view value) {
    if (word == "--story") {
        out.options.kind = find_kind(value);
        return out.options.kind.has_value();
    }
    if (word == "--mutation") {
        const Mutation* mutation = find_mutation(value);
        if (mutation != nullptr) {
            mutation->apply(out.options);
        }
        return mutation != nullptr;
    }
    if (word == "--quiet" || word == "--stop") {
        (word == "--quiet" ? out.quiet : out.stop) = value == "yes";
        return true;
    }
    const auto number = base::parse_number(value);
    if (!number) {
        return false;
    }
    for (const auto& [name, field] : {std::pair{"--seed", &out.seed}, std::pair{"--seeds", &out.seeds}, std::pair{"--stride", &out.stride},
                                      std::pair{"--jobs", &out.jobs}, std::pair{"--twice", &out.twice}}) {
        if (word == name) {
            *field = *number;
            return true;
        }
    }
    out.options.scale = *number;
    return word == "--scale" || word == "--messages";
}

std::optional<Arguments> parse(std::span<char*> words) {
    Arguments out;
    for (std::size_t i = 1; i < words.size(); ++i) {
        if (std::string_view(words[i]) == "--trace") {
            out.options.tracing = Scheduler::Tracing::print;
        } else if (i + 1 == words.size() || !take(out, words[i], words[i + 1])) {
            return std::nullopt;
        } else {
            ++i;
        }
    }
    return out;
}

bool run(std::uint64_t seed, const Arguments& arguments, Summary& summary) {
    const bool twice = arguments.twice > 0 && seed % arguments.twice == 0;
    try {
        const Verdict first = run_scenario(seed, arguments.options);
        bool same = true;
        if (twice) {
            ScenarioOptions again = arguments.options;
            again.tracing = Scheduler::Tracing::quiet;
            same = run_scenario(seed, again).trace_hash == first.trace_hash;
        }
        for (const std::string& problem : first.problems) {
            std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), problem.c_str());
        }
        const bool good = first.problems.empty() && same;
        summary.add(first, twice, good);
        std::printf("seed %llu: %s%s, %llu events, trace %016llx\n", static_cast<unsigned long long>(seed), first.summary.c_str(),
                    same ? "" : ", NOT REPRODUCIBLE", static_cast<unsigned long long>(first.events),
                    static_cast<unsigned long long>(first.trace_hash));
        return good;
    } catch (const std::exception& e) {
        std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), e.what());
        return false;
    }
}

int run_here(const Arguments& arguments) {
    Summary summary;
    bool good = true;
    for (std::uint64_t i = 0; i < arguments.seeds && (good || !arguments.stop); ++i) {
        good = run(arguments.seed + i * arguments.stride, arguments, summary) && good;
    }
    std::fputs(summary.text().c_str(), stdout);
    return good ? 0 : 1;
}

}  // namespace
}  // namespace posthouse::sim

int main(int argc, char** argv) {
    std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);  // what was said before a failed assertion counts most
    const std::span words(argv, static_cast<std::size_t>(argc));
    const auto arguments = posthouse::sim::parse(words);
    if (!arguments) {
        std::fputs(posthouse::sim::usage, stderr);
        for (const auto& mutation : posthouse::sim::all_mutations()) {
            std::fprintf(stderr, "  --mutation %s: %s\n", std::string(mutation.name).c_str(), std::string(mutation.what).c_str());
        }
        return 2;
    }
    if (arguments->jobs > 1) {
        return posthouse::sim::run_jobs(words, {arguments->seed, arguments->seeds, arguments->jobs, arguments->quiet});
    }
    return posthouse::sim::run_here(*arguments);
}
