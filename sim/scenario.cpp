#include "sim/scenario.hpp"

#include "base/format.hpp"
#include "sim/machine.hpp"

namespace posthouse::sim {

Verdict run_scenario(std::uint64_t seed, Scheduler::Tracing tracing) {
    World world(seed, tracing);
    Machine machine(world, {.name = "mx", .addresses = {*base::IpAddress::parse("127.0.0.1")}, .cores = 2});
    machine.boot();
    Verdict verdict;
    verdict.trace_hash = world.scheduler.trace_hash();
    verdict.events = world.scheduler.events_run();
    verdict.summary = "no server yet";
    return verdict;
}

}  // namespace posthouse::sim
