#include "tables/blocking_clients.hpp"

#include <atomic>
#include <deque>
#include <exception>

#include "base/guarded.hpp"
#include "world/race.hpp"

namespace posthouse::tables {

struct BlockingClients::Cell {
    world::OneShot<Lookup> done;          // on the core that asked
    std::atomic<bool> given_up{false};
};

struct BlockingClients::Job {
    std::string key;
    world::SteadyTime asked;
    std::shared_ptr<Cell> cell;
    world::Executor* home;
};

struct BlockingClients::Shared {
    struct State {
        std::deque<Job> waiting;
        std::vector<std::unique_ptr<BlockingClient>> idle;
        std::size_t working = 0;
    };
    base::Guarded<State> state;
    Make make;
};

BlockingClients::BlockingClients(std::string name, Surroundings outside, Make make, BlockingLimits limits)
    : name_(std::move(name)), outside_(std::move(outside)), limits_(limits), shared_(std::make_shared<Shared>()) {
    shared_->make = std::move(make);
}

// On a thread of the pool, until nobody waits.
void BlockingClients::serve(const std::shared_ptr<Shared>& shared) {
    auto client = shared->state.with([](Shared::State& state) -> std::unique_ptr<BlockingClient> {
        if (state.idle.empty()) {
            return nullptr;
        }
        auto idle = std::move(state.idle.back());
        state.idle.pop_back();
        return idle;
    });
    if (!client) {
        client = shared->make();
    }
    for (;;) {
        auto job = shared->state.with([&client](Shared::State& state) -> std::optional<Job> {
            if (state.waiting.empty()) {
                --state.working;
                state.idle.push_back(std::move(client));
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
        Lookup answer;
        try {
            answer = client->look_up(job->key, job->asked);
        } catch (const std::exception& e) {
            answer = Lookup::unknown(std::string("lookup failed: ") + e.what());
        }
        job->home->post([cell = std::move(job->cell), answer = std::move(answer)]() mutable { cell->done.set(std::move(answer)); });
    }
}

world::Task<Lookup> BlockingClients::wait_for(std::shared_ptr<Cell> cell) { co_return co_await cell->done.wait(); }

world::Task<Lookup> BlockingClients::ask(std::string key) const {
    world::Core& core = outside_.cores->here();
    const auto cell = std::make_shared<Cell>();
    const world::SteadyTime now = core.clock.now();
    enum class Next { refuse, wait, help };
    const Next next = shared_->state.with([&](Shared::State& state) {
        if (state.waiting.size() >= limits_.waiting) {
            return Next::refuse;
        }
        state.waiting.push_back({std::move(key), now, cell, &core.executor});
        if (state.working >= limits_.clients) {
            return Next::wait;
        }
        ++state.working;
        return Next::help;
    });
    if (next == Next::refuse) {
        co_return Lookup::unknown(name_ + ": too many lookups wait");
    }
    if (next == Next::help) {
        outside_.pool->submit([shared = shared_] { serve(shared); });
    }
    struct GiveUp {
        std::shared_ptr<Cell> cell;
        ~GiveUp() { cell->given_up = true; }
    };
    const GiveUp give_up{cell};
    auto answer = wait_for(cell);
    auto late = core.clock.sleep_until(now + limits_.patience);
    auto first = co_await world::race(std::move(answer), std::move(late));
    if (first.index() == 1) {
        co_return Lookup::unknown(name_ + ": no answer in " + std::to_string(limits_.patience.count()) + " s");
    }
    co_return std::move(std::get<0>(first));
}

}  // namespace posthouse::tables
