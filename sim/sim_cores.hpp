#pragma once
// SimCores: n cores of one simulated machine, interleaved by the scheduler on the calling thread.
#include <deque>
#include <memory>
#include <vector>

#include "sim/sim_clock.hpp"
#include "sim/sim_network.hpp"
#include "sim/sim_resolver.hpp"
#include "world/cores.hpp"

namespace posthouse::sim {

/// Work of one core in order of posting; each piece a little later than it was posted, by the seed.
class SimExecutor final : public world::Executor {
public:
    explicit SimExecutor(Scheduler& scheduler) : scheduler_(scheduler), queue_(std::make_shared<std::deque<world::Work>>()) {}
    void post(world::Work work) override;

private:
    // Now and then a core has something else to do, and the others go on meanwhile.
    static constexpr unsigned busy_per_mille = 4;
    static constexpr std::chrono::milliseconds busy{80};

    Scheduler& scheduler_;
    std::shared_ptr<std::deque<world::Work>> queue_;  // events hold it weakly: a destroyed executor runs nothing more
};

class SimCores final : public world::Cores {
public:
    SimCores(Scheduler& scheduler, Internet& internet, std::shared_ptr<Incarnation> host, const Zones& zones, const HostsFile& hosts,
             std::size_t count);
    [[nodiscard]] std::size_t count() const override { return cores_.size(); }
    [[nodiscard]] world::Core& core(std::size_t index) override { return cores_.at(index)->face; }

private:
    struct OneCore {
        OneCore(Scheduler& scheduler, Internet& internet, std::shared_ptr<Incarnation> host, const Zones& zones, const HostsFile& hosts,
                std::size_t index);
        SimExecutor executor;
        SimClock clock;
        SimNetwork network;
        SimResolver resolver;
        SimRandom random;
        world::Core face;
    };
    std::vector<std::unique_ptr<OneCore>> cores_;
};

}  // namespace posthouse::sim
