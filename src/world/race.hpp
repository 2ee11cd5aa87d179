#pragma once
// race(a, b): the first completion wins, failure included; the other is cancelled and waited for.
#include <exception>
#include <variant>

#include "world/task.hpp"

namespace posthouse::world {

namespace detail {

template <class T>
using Raced = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

// Starts one side in a context of its own and tells the race when it ends.
struct RaceState final : Suspension {
    TaskContext contexts[2];
    bool done[2] = {false, false};
    int winner = -1;

    void finished(int side) {
        done[side] = true;
        if (winner < 0) {
            winner = side;
            if (!done[1 - side] && started) {
                contexts[1 - side].cancel();  // ends the loser now or later; its end resumes the racer, and we may be gone
                return;
            }
        }
        resume_if_done();
    }
    void cancel() override {
        cancelling = true;  // the first side's end must not resume the racer, and destroy us, before the second is told
        contexts[0].cancel();
        contexts[1].cancel();
        cancelling = false;
        resume_if_done();
    }
    void resume_if_done() {
        if (done[0] && done[1] && suspended() && !cancelling) {
            resume();
        }
    }
    bool await_ready() const { return done[0] && done[1]; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) {
        if (handle.promise().context->cancelled) {
            cancel();  // not suspended yet: finished() resumes nobody
            if (done[0] && done[1]) {
                return false;
            }
        }
        suspend(handle);
        return true;
    }
    void await_resume() const {}
    bool started = false;
    bool cancelling = false;
};

struct RaceSide {
    struct promise_type {
        TaskContext* context = nullptr;
        RaceSide get_return_object() const { return {}; }
        std::suspend_never initial_suspend() const noexcept { return {}; }
        std::suspend_never final_suspend() const noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() { std::terminate(); }
    };
};

template <class T>
RaceSide run_side(RaceState& state, int side, Task<T>& task, std::optional<Raced<T>>& value, std::exception_ptr& error) {
    try {
        if constexpr (std::is_void_v<T>) {
            co_await std::move(task).in_context(state.contexts[side]);
            value.emplace();
        } else {
            value.emplace(co_await std::move(task).in_context(state.contexts[side]));
        }
    } catch (...) {
        error = std::current_exception();
    }
    state.finished(side);
}

}  // namespace detail

/// variant index 0: `a` was first; 1: `b`. An exception of the winner is rethrown. void becomes std::monostate.
template <class A, class B>
Task<std::variant<detail::Raced<A>, detail::Raced<B>>> race(Task<A> a, Task<B> b) {
    using Outcome = std::variant<detail::Raced<A>, detail::Raced<B>>;
    detail::RaceState state;
    std::optional<detail::Raced<A>> first;
    std::optional<detail::Raced<B>> second;
    std::exception_ptr errors[2];
    detail::run_side(state, 0, a, first, errors[0]);
    if (state.winner == 0) {
        state.contexts[1].cancelled = true;
        state.done[1] = true;  // never started
    } else {
        state.started = true;
        detail::run_side(state, 1, b, second, errors[1]);
        if (state.winner == 1 && !state.done[0]) {
            state.contexts[0].cancel();
        }
    }
    co_await state;
    if (errors[state.winner]) {
        std::rethrow_exception(errors[state.winner]);
    }
    if (state.winner == 0) {
        co_return Outcome(std::in_place_index<0>, std::move(*first));
    }
    co_return Outcome(std::in_place_index<1>, std::move(*second));
}

}  // namespace posthouse::world
