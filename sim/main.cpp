// posthouse_sim --seed N [--seeds COUNT] [--trace]: runs whole simulated servers, each seed twice; exit status 1 and the
// seed's number if a promise was broken or the second run differed.
#include <cstdio>
#include <exception>
#include <optional>
#include <span>
#include <string_view>

#include "base/text.hpp"
#include "sim/scenario.hpp"

namespace {

using posthouse::sim::Scheduler;

struct Arguments {
    std::uint64_t seed = 1;
    std::uint64_t seeds = 1;
    Scheduler::Tracing tracing = Scheduler::Tracing::quiet;
};

std::optional<Arguments> parse(std::span<char*> words) {
    Arguments out;
    for (std::size_t i = 1; i < words.size(); ++i) {
        const std::string_view word = words[i];
        if (word == "--trace") {
            out.tracing = Scheduler::Tracing::print;
            continue;
        }
        const auto value = i + 1 < words.size() ? posthouse::base::parse_number(words[i + 1]) : std::nullopt;
        if (!value || (word != "--seed" && word != "--seeds")) {
            return std::nullopt;
        }
        (word == "--seed" ? out.seed : out.seeds) = *value;
        ++i;
    }
    return out;
}

bool run(std::uint64_t seed, Scheduler::Tracing tracing) {
    try {
        const auto first = posthouse::sim::run_scenario(seed, {.tracing = tracing});
        const auto second = posthouse::sim::run_scenario(seed);
        for (const std::string& problem : first.problems) {
            std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), problem.c_str());
        }
        const bool same = first.trace_hash == second.trace_hash;
        std::printf("seed %llu: %s%s, %llu events, trace %016llx\n", static_cast<unsigned long long>(seed), first.summary.c_str(),
                    same ? "" : ", NOT REPRODUCIBLE", static_cast<unsigned long long>(first.events),
                    static_cast<unsigned long long>(first.trace_hash));
        return first.problems.empty() && same;
    } catch (const std::exception& e) {
        std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), e.what());
        return false;
    }
}

}  // namespace

int main(int argc, char** argv) {
    std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);  // what was said before a failed assertion counts most
    const auto arguments = parse(std::span(argv, static_cast<std::size_t>(argc)));
    if (!arguments) {
        std::fputs("usage: posthouse_sim [--seed N] [--seeds COUNT] [--trace]\n", stderr);
        return 2;
    }
    int status = 0;
    for (std::uint64_t i = 0; i < arguments->seeds; ++i) {
        if (!run(arguments->seed + i, arguments->tracing)) {
            status = 1;
        }
    }
    return status;
}
