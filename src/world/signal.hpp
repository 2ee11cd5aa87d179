#pragma once
// Signal: tasks of one core wait until somebody notifies. Not a flag: a notification without a waiter is forgotten, so
// check the condition, then wait, in a loop.
#include <vector>

#include "world/task.hpp"

namespace posthouse::world {

class Signal {
public:
    Signal() = default;
    Signal(const Signal&) = delete;
    Signal& operator=(const Signal&) = delete;
    ~Signal() { PH_ASSERT(waiters_.empty()); }

    void notify_all() {
        std::vector<Awaiter*> woken;
        woken.swap(waiters_);
        for (Awaiter* waiter : woken) {
            waiter->notified = true;
        }
        for (Awaiter* waiter : woken) {
            waiter->resume();
        }
    }
    void notify_one() {
        if (!waiters_.empty()) {
            Awaiter* waiter = waiters_.front();
            waiters_.erase(waiters_.begin());
            waiter->notified = true;
            waiter->resume();
        }
    }
    [[nodiscard]] bool has_waiters() const { return !waiters_.empty(); }

    struct Awaiter final : Suspension {
        explicit Awaiter(Signal& owner) : signal(owner) {}
        bool await_ready() const { return false; }
        template <class Promise>
        bool await_suspend(std::coroutine_handle<Promise> handle) {
            if (handle.promise().context->cancelled) {
                return false;
            }
            suspend(handle);
            signal.waiters_.push_back(this);
            return true;
        }
        void await_resume() const {
            if (!notified) {
                throw Cancelled{};
            }
        }
        void cancel() override {
            if (!notified) {
                std::erase(signal.waiters_, this);
                resume();
            }
        }
        Signal& signal;
        bool notified = false;
    };
    Awaiter wait() { return Awaiter{*this}; }

private:
    std::vector<Awaiter*> waiters_;
};

}  // namespace posthouse::world
