#include "sim/machine.hpp"

namespace posthouse::sim {

Machine::Machine(World& world, MachineSettings settings)
    : world_(world), settings_(std::move(settings)), disk_(world.scheduler, world.scheduler.random().next()),
      files_(world.scheduler, world.scheduler.random().next()), processes_(world.scheduler) {
    disk_.on_power_loss = [this] { power_loss(); };
}

void Machine::boot() {
    PH_ASSERT(!powered());
    pools_.clear();
    cores_.reset();
    if (boots_ > 0 && killed_) {
        disk_.process_death();
        files_.process_death();
    } else if (boots_ > 0) {
        disk_.crash();
        files_.crash();
    }
    killed_ = false;
    life_ = std::make_shared<Incarnation>();
    life_->host = settings_.name;
    life_->addresses = settings_.addresses;
    life_->number = ++boots_;
    world_.scheduler.note("boot of " + settings_.name);
    make_cores();
}

void Machine::make_cores() { cores_ = std::make_unique<SimCores>(world_.scheduler, world_.internet, life_, world_.zones, hosts_, settings_.cores); }

void Machine::restart_process() {
    PH_ASSERT(powered());
    pools_.clear();
    cores_.reset();
    make_cores();
}

void Machine::power_loss() {
    if (powered()) {
        world_.internet.power_loss(life_);
        disk_.power_loss();
        files_.power_loss();
    }
}

void Machine::kill() {
    killed_ = killed_ || powered();
    power_loss();
}

world::BlockingPool& Machine::add_pool(std::size_t threads) {
    pools_.push_back(std::make_unique<SimPool>(world_.scheduler, threads, pool_timing_));
    return *pools_.back();
}

void Machine::set_pool_timing(PoolTiming timing) {
    pool_timing_ = timing;
    for (const auto& pool : pools_) {
        pool->set_timing(timing);
    }
}

}  // namespace posthouse::sim
