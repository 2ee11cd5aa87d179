#include "sasl/blocking_steps.hpp"

#include <atomic>
#include <deque>
#include <exception>

#include "base/guarded.hpp"
#include "world/race.hpp"

namespace posthouse::sasl {

struct BlockingSteps::Cell {
    world::OneShot<Step> done;  // on the core that asked
    std::atomic<bool> given_up{false};
};

struct BlockingSteps::Job {
    std::move_only_function<Step()> work;
    std::shared_ptr<Cell> cell;
    world::Executor* home;
};

struct BlockingSteps::Shared {
    struct State {
        std::deque<Job> waiting;
        std::size_t working = 0;
    };
    base::Guarded<State> state;
};

BlockingSteps::BlockingSteps(world::BlockingPool& pool, StepLimits limits) : pool_(pool), limits_(limits), shared_(std::make_shared<Shared>()) {}

// On a thread of the pool, until nobody waits.
void BlockingSteps::serve(const std::shared_ptr<Shared>& shared) {
    for (;;) {
        auto job = shared->state.with([](Shared::State& state) -> std::optional<Job> {
            if (state.waiting.empty()) {
                --state.working;
                return std::nullopt;
            }
            Job next = std::move(state.waiting.front());
            state.waiting.pop_front();
            return next;
        });
        if (!job) {
            return;
        }
        if (job->cell->given_up) {
            continue;
        }
        Step step;
        try {
            step = job->work();
        } catch (const std::exception& e) {
            step = {Step::Kind::temporary_failure, std::string("the check failed: ") + e.what(), {}};
        }
        job->home->post([cell = std::move(job->cell), step = std::move(step)]() mutable { cell->done.set(std::move(step)); });
    }
}

world::Task<Step> BlockingSteps::wait_for(std::shared_ptr<Cell> cell) { co_return co_await cell->done.wait(); }

world::Task<Step> BlockingSteps::ask(std::move_only_function<Step()> work, world::Executor& home, world::Clock& clock, world::Deadline deadline) {
    const auto cell = std::make_shared<Cell>();
    enum class Next { refuse, wait, help };
    const Next next = shared_->state.with([&](Shared::State& state) {
        if (state.waiting.size() >= limits_.waiting) {
            return Next::refuse;
        }
        state.waiting.push_back({std::move(work), cell, &home});
        if (state.working >= limits_.threads) {
            return Next::wait;
        }
        ++state.working;
        return Next::help;
    });
    if (next == Next::refuse) {
        co_return Step{Step::Kind::temporary_failure, "too many logins wait to be checked", {}};
    }
    if (next == Next::help) {
        pool_.submit([shared = shared_] { serve(shared); });
    }
    struct GiveUp {
        std::shared_ptr<Cell> cell;
        ~GiveUp() { cell->given_up = true; }
    };
    const GiveUp give_up{cell};
    auto answer = wait_for(cell);
    auto late = clock.sleep_until(deadline.time());
    auto first = co_await world::race(std::move(answer), std::move(late));
    if (first.index() == 1) {
        co_return Step{Step::Kind::temporary_failure, "the check of the password takes too long", {}};
    }
    co_return std::move(std::get<0>(first));
}

}  // namespace posthouse::sasl
