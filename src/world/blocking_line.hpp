#pragma once
// BlockingLine: work that a library does in its own time (it waits for a database, for another program), by a few of the pool's threads.
// Each keeps a State, a connection for example, from one piece of work to the next. Cores only wait, and not longer than their deadline.
#include <atomic>
#include <deque>
#include <exception>
#include <functional>
#include <memory>

#include "base/guarded.hpp"
#include "base/result.hpp"
#include "world/cores.hpp"
#include "world/race.hpp"

namespace posthouse::world {

struct BlockingLimits {
    std::size_t threads = 4;     // of the pool, and States
    std::size_t waiting = 1000;  // ours
};

struct NoState {};

/// Callable on every core. Work that was begun may outlive this object, so may what `make` and the work refer to.
template <class State = NoState>
class BlockingLine {
public:
    using Make = std::move_only_function<std::unique_ptr<State>() const>;
    explicit BlockingLine(BlockingPool& pool, BlockingLimits limits = {}, Make make = [] { return std::make_unique<State>(); })
        : pool_(pool), limits_(limits), shared_(std::make_shared<Shared>()) {
        shared_->make = std::move(make);
    }

    /// ErrorKind::limit: too many wait; timeout: no answer in time; io: `work` threw. Work that nobody waits for any more is not begun.
    template <class Answer>
    [[nodiscard]] Task<base::Result<Answer>> ask(std::move_only_function<Answer(State&)> work, Executor& home, Clock& clock, Deadline deadline) const {
        const auto cell = std::make_shared<Cell<Answer>>();
        const GivesUp<Answer> gives_up{cell};
        Job job = [cell, &home, work = std::move(work)](std::unique_ptr<State>& state, const Make& make) mutable {
            if (!cell->given_up) {
                home.post([cell, answer = answer_of(work, state, make)]() mutable { cell->done.set(std::move(answer)); });
            }
        };
        const Next next = line_up(std::move(job));
        if (next == Next::refuse) {
            co_return base::fail(base::ErrorKind::limit, "too many wait already");
        }
        if (next == Next::help) {
            pool_.submit([shared = shared_] { serve(*shared); });
        }
        auto answer = wait_for(cell);
        auto late = clock.sleep_until(deadline.time());
        auto first = co_await race(std::move(answer), std::move(late));
        if (first.index() == 1) {
            co_return base::fail(base::ErrorKind::timeout, "no answer in time");
        }
        co_return std::move(std::get<0>(first));
    }

private:
    template <class Answer>
    struct Cell {
        OneShot<base::Result<Answer>> done;  // on the core that asked
        std::atomic<bool> given_up{false};
    };
    template <class Answer>
    struct GivesUp {
        std::shared_ptr<Cell<Answer>> cell;
        ~GivesUp() { cell->given_up = true; }
    };
    using Job = std::move_only_function<void(std::unique_ptr<State>&, const Make&)>;
    struct Places {
        std::deque<Job> waiting;
        std::deque<std::unique_ptr<State>> idle;
        std::size_t working = 0;
    };
    struct Shared {
        base::Guarded<Places> places;
        Make make;
    };
    enum class Next { refuse, wait, help };

    Next line_up(Job job) const {
        return shared_->places.with([&](Places& places) {
            if (places.waiting.size() >= limits_.waiting) {
                return Next::refuse;
            }
            places.waiting.push_back(std::move(job));
            return places.working >= limits_.threads ? Next::wait : (++places.working, Next::help);
        });
    }
    // On a thread of the pool, until nobody waits.
    static void serve(Shared& shared) {
        std::unique_ptr<State> state;
        const auto take = [&state](Places& places) -> Job {
            if (places.waiting.empty()) {
                --places.working;
                places.idle.push_back(std::move(state));
                return {};
            }
            if (!state && !places.idle.empty()) {
                state = std::move(places.idle.back());
                places.idle.pop_back();
            }
            Job next = std::move(places.waiting.front());
            places.waiting.pop_front();
            return next;
        };
        while (Job job = shared.places.with(take)) {
            job(state, shared.make);
        }
    }
    template <class Answer>
    static base::Result<Answer> answer_of(std::move_only_function<Answer(State&)>& work, std::unique_ptr<State>& state, const Make& make) {
        try {
            if (!state) {
                state = make();
            }
            return work(*state);
        } catch (const std::exception& e) {
            return base::fail(base::ErrorKind::io, e.what());
        }
    }
    template <class Answer>
    static Task<base::Result<Answer>> wait_for(std::shared_ptr<Cell<Answer>> cell) {
        co_return co_await cell->done.wait();
    }

    BlockingPool& pool_;
    BlockingLimits limits_;
    std::shared_ptr<Shared> shared_;
};

}  // namespace posthouse::world
