#pragma once
// A scenario: one whole simulated story from one seed. Clients hand in mail, next hops take, defer and refuse it, the server
// loses power, is restarted and reloaded; in the end everything that was accepted must have been delivered or returned.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mail/spool.hpp"
#include "sim/scheduler.hpp"
#include "sim/story_plan.hpp"

namespace posthouse::sim {

struct Verdict {
    std::vector<std::string> problems;  // empty: all promises were kept
    std::uint64_t trace_hash = 0;
    std::uint64_t events = 0;
    double days = 0;
    Scheduler::Counts faults;
    Ledger::Totals totals;
    std::string summary;
};

struct ScenarioOptions {
    Scheduler::Tracing tracing = Scheduler::Tracing::quiet;
    std::optional<StoryKind> kind = {};  // unset: the seed chooses
    std::size_t scale = 120;             // of a story that is asked for by its kind
    // For tests of the judge: defects that are put into the server.
    /// What the server works with instead of the spool itself.
    std::function<std::unique_ptr<mail::Spool>(mail::Spool&, Scheduler&)> wrap_spool = {};
    std::string more_main_cf = {};         // that the judge does not know of
    std::uint64_t forgets_each_sync = 0;   // see SimDisk
};

[[nodiscard]] Verdict run_scenario(std::uint64_t seed, const ScenarioOptions& options = {});

}  // namespace posthouse::sim
