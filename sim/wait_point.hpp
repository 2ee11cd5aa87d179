#pragma once
// WaitPoint: where one task waits until it is woken, its deadline passes, or it is cancelled.
#include "sim/scheduler.hpp"
#include "world/task.hpp"

namespace posthouse::sim {

class WaitPoint {
public:
    explicit WaitPoint(Scheduler& scheduler) : scheduler_(scheduler) {}
    WaitPoint(const WaitPoint&) = delete;
    WaitPoint& operator=(const WaitPoint&) = delete;
    ~WaitPoint() { PH_ASSERT(waiter_ == nullptr); }

    struct Awaiter final : world::Suspension {
        Awaiter(WaitPoint& owner, Deadline until) : point(owner), deadline(until) {}
        bool await_ready() const { return false; }
        template <class Promise>
        bool await_suspend(std::coroutine_handle<Promise> handle) {
            if (handle.promise().context->cancelled) {
                return false;
            }
            PH_ASSERT(point.waiter_ == nullptr);
            suspend(handle);
            point.waiter_ = this;
            if (deadline.time() != SteadyTime::max()) {
                event = point.scheduler_.at(deadline.time(), [this] { finish(End::deadline); });
            }
            return true;
        }
        /// True: woken. False: the deadline passed.
        bool await_resume() const {
            if (end == End::cancelled) {
                throw world::Cancelled{};
            }
            return end == End::woken;
        }
        void cancel() override {
            point.scheduler_.cancel(event);
            finish(End::cancelled);
        }
        void wake() {
            if (!waking) {
                waking = true;
                point.scheduler_.cancel(event);
                event = point.scheduler_.at(point.scheduler_.now(), [this] { finish(End::woken); });
            }
        }

        enum class End { cancelled, woken, deadline };
        void finish(End how) {
            end = how;
            point.waiter_ = nullptr;
            resume();
        }
        WaitPoint& point;
        Deadline deadline;
        EventId event;
        bool waking = false;
        End end = End::cancelled;
    };

    [[nodiscard]] Awaiter wait(Deadline deadline) { return Awaiter(*this, deadline); }
    /// Wakes the waiter, in an event of its own: never from within the caller. Without a waiter nothing happens.
    void wake() {
        if (waiter_ != nullptr) {
            waiter_->wake();
        }
    }
    /// Somebody waits and was not woken yet.
    [[nodiscard]] bool waiting() const { return waiter_ != nullptr && !waiter_->waking; }

private:
    Scheduler& scheduler_;
    Awaiter* waiter_ = nullptr;
};

}  // namespace posthouse::sim
