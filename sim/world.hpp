#pragma once
// World: everything that the machines and peers of one simulation share. Made from one seed.
#include "sim/internet.hpp"
#include "sim/sim_disk.hpp"
#include "sim/sim_resolver.hpp"

namespace posthouse::sim {

struct World {
    explicit World(std::uint64_t seed, Scheduler::Tracing tracing = Scheduler::Tracing::quiet) : scheduler(seed, tracing), internet(scheduler) {
        seed_sqlite(seed);
    }
    Scheduler scheduler;
    Internet internet;
    Zones zones;
};

}  // namespace posthouse::sim
