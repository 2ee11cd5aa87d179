#include "sim/sim_cores.hpp"

namespace posthouse::sim {

void SimExecutor::post(world::Work work) {
    queue_->push_back(std::move(work));
    Duration jitter = scheduler_.random_duration(std::chrono::nanoseconds(200), std::chrono::microseconds(20));
    if (scheduler_.random().chance(busy_per_mille)) {
        jitter += scheduler_.random_duration(std::chrono::microseconds(20), busy);
    }
    scheduler_.after(jitter, [queue = std::weak_ptr(queue_)] {
        const auto alive = queue.lock();
        if (alive == nullptr) {
            return;
        }
        world::Work next = std::move(alive->front());
        alive->pop_front();
        next();
    });
}

SimCores::OneCore::OneCore(Scheduler& scheduler, Internet& internet, std::shared_ptr<Incarnation> host, const Zones& zones,
                           const HostsFile& hosts, std::size_t index)
    : executor(scheduler), clock(scheduler), network(internet, std::move(host)), resolver(scheduler, zones, hosts),
      random(scheduler.random().next()), face{index, executor, clock, network, resolver, random} {}

SimCores::SimCores(Scheduler& scheduler, Internet& internet, std::shared_ptr<Incarnation> host, const Zones& zones, const HostsFile& hosts,
                   std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        cores_.push_back(std::make_unique<OneCore>(scheduler, internet, host, zones, hosts, i));
    }
}

}  // namespace posthouse::sim
