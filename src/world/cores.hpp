#pragma once
// Cores and the way between them. An object lives and dies on one core; what crosses is moved into post().
#include <cstddef>
#include <functional>
#include <memory>

#include "world/clock.hpp"
#include "world/network.hpp"
#include "world/random.hpp"
#include "world/resolver.hpp"
#include "world/task.hpp"

namespace posthouse::world {

using Work = std::move_only_function<void()>;

/// Runs work on one core, in order of posting. Callable from any thread.
class Executor {
public:
    virtual ~Executor() = default;
    virtual void post(Work work) = 0;
};

/// Threads for what would block a core. A pool made with one thread runs work in order.
class BlockingPool {
public:
    virtual ~BlockingPool() = default;
    virtual void submit(Work work) = 0;
};

/// What one core offers. Classes take by reference only the members they use.
struct Core {
    std::size_t index;
    Executor& executor;
    Clock& clock;
    Network& network;
    Resolver& resolver;
    Random& random;
};

class Cores {
public:
    virtual ~Cores() = default;
    [[nodiscard]] virtual std::size_t count() const = 0;
    [[nodiscard]] virtual Core& core(std::size_t index) = 0;
    /// The core that runs the caller, for what all cores share and must wait in. Where cores take turns on one thread, any will do.
    [[nodiscard]] virtual Core& here() { return core(0); }
};

/// Runs `work` in the pool and returns its result on the calling core. Not cancellable: what was begun is finished, and a
/// cancelled caller learns of it at its next wait.
template <class F>
Task<std::invoke_result_t<F&>> off_core(BlockingPool& pool, Executor& home, F work) {
    using R = std::invoke_result_t<F&>;
    struct Cell {
        OneShot<R> done;
    };
    auto cell = std::make_shared<Cell>();
    pool.submit([cell, &home, work = std::move(work)]() mutable {
        home.post([cell, result = work()]() mutable { cell->done.set(std::move(result)); });
    });
    TaskContext shield;
    auto waiting = [](std::shared_ptr<Cell> shared) -> Task<R> { co_return co_await shared->done.wait(); };
    Task<R> task = waiting(cell);
    co_return co_await std::move(task).in_context(shield);
}

}  // namespace posthouse::world
