#pragma once
// A scenario: one whole simulated story from one seed. Clients hand in mail, next hops take, defer and refuse it, the server
// loses power, is restarted and reloaded; in the end everything that was accepted must have been delivered or returned.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "mail/spool.hpp"
#include "sim/scheduler.hpp"

namespace posthouse::sim {

struct Verdict {
    std::vector<std::string> problems;  // empty: all promises were kept
    std::uint64_t trace_hash = 0;
    std::uint64_t events = 0;
    std::string summary;
};

struct ScenarioOptions {
    Scheduler::Tracing tracing = Scheduler::Tracing::quiet;
    /// For tests of the judge: what the server works with instead of the spool itself.
    std::function<std::unique_ptr<mail::Spool>(mail::Spool&, Scheduler&)> wrap_spool = {};
};

[[nodiscard]] Verdict run_scenario(std::uint64_t seed, const ScenarioOptions& options = {});

}  // namespace posthouse::sim
