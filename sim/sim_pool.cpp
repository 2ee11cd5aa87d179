#include "sim/sim_pool.hpp"

namespace posthouse::sim {

SimPool::SimPool(Scheduler& scheduler, std::size_t threads, PoolTiming timing)
    : scheduler_(scheduler), threads_(threads), timing_(timing), state_(std::make_shared<State>()) {
    PH_ASSERT(threads > 0);
}

SimPool::~SimPool() {
    // As a real pool joins its threads: what was submitted is done.
    while (!state_->in_order.empty()) {
        world::Work work = std::move(state_->in_order.front());
        state_->in_order.pop_front();
        work();
    }
}

void SimPool::submit(world::Work work) {
    const SteadyTime start = threads_ == 1 ? std::max(state_->busy_until, scheduler_.now()) : scheduler_.now();
    SteadyTime end = start + scheduler_.random_duration(timing_.low, timing_.high);
    if (scheduler_.random().chance(timing_.slow_per_mille)) {
        scheduler_.injected("disk: slow");
        end += scheduler_.random_duration(timing_.high, timing_.slow);
    }
    state_->busy_until = end;
    state_->in_order.push_back(std::move(work));
    scheduler_.at(end, [weak = std::weak_ptr(state_), several = threads_ > 1, &random = scheduler_.random()] {
        const auto state = weak.lock();
        if (state == nullptr || state->in_order.empty()) {
            return;
        }
        // Several threads finish in any order: take any piece.
        const std::size_t index = several ? random.below(state->in_order.size()) : 0;
        const auto position = state->in_order.begin() + static_cast<std::ptrdiff_t>(index);
        world::Work next = std::move(*position);
        state->in_order.erase(position);
        next();
    });
}

}  // namespace posthouse::sim
