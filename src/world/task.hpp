#pragma once
// Task<T>: the one coroutine type. Lazy: nothing runs until it is awaited or spawned in a TaskGroup. Everything that a root
// task awaits shares its TaskContext, through which cancellation arrives. Lives on one core; not thread-safe.
#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/assert.hpp"
#include "world/frame_pool.hpp"

namespace posthouse::world {

/// Thrown out of a co_await after the task was cancelled. Means: leave; clean-up is destructors. Deliberately no
/// std::exception, so that no handler for real failures swallows it.
struct Cancelled {};

/// An operation in which a task is suspended and that can be told to give up: it then resumes the task soon, whose
/// co_await throws Cancelled.
class Waiting {
public:
    virtual void cancel() = 0;

protected:
    ~Waiting() = default;
};

/// One per root task: whether it was cancelled, and what it is waiting for.
struct TaskContext {
    bool cancelled = false;
    Waiting* waiting = nullptr;

    void cancel() {
        cancelled = true;
        if (waiting != nullptr) {
            std::exchange(waiting, nullptr)->cancel();
        }
    }
    void throw_if_cancelled() const {
        if (cancelled) {
            throw Cancelled{};
        }
    }
};

template <class T = void>
class Task;

namespace detail {

struct PromiseBase {
    static void* operator new(std::size_t size) { return FramePool::take(size); }
    static void operator delete(void* frame, std::size_t size) noexcept { FramePool::give_back(frame, size); }

    TaskContext* context = nullptr;
    std::coroutine_handle<> continuation;
    bool finished = false;

    // The awaiting side starts us by resume() inside its await_suspend and looks at `finished` afterwards, so a chain of
    // tasks that never really suspend neither grows the stack nor needs guaranteed tail calls (-O0 and sanitizers lack them).
    struct FinalAwaiter {
        bool await_ready() const noexcept { return false; }
        template <class Promise>
        void await_suspend(std::coroutine_handle<Promise> handle) const noexcept {
            PromiseBase& promise = handle.promise();
            promise.finished = true;
            if (promise.continuation) {
                promise.continuation.resume();  // may destroy this frame: nothing is touched afterwards
            }
        }
        void await_resume() const noexcept {}
    };
    std::suspend_always initial_suspend() const noexcept { return {}; }
    FinalAwaiter final_suspend() const noexcept { return {}; }
};

template <class T>
struct Promise : PromiseBase {
    std::optional<T> value;
    std::exception_ptr exception;

    Task<T> get_return_object();
    template <class U>
    void return_value(U&& result) {
        value.emplace(std::forward<U>(result));
    }
    void unhandled_exception() { exception = std::current_exception(); }
    T take() {
        if (exception) {
            std::rethrow_exception(exception);
        }
        return std::move(*value);
    }
};

template <>
struct Promise<void> : PromiseBase {
    std::exception_ptr exception;

    Task<void> get_return_object();
    void return_void() {}
    void unhandled_exception() { exception = std::current_exception(); }
    void take() const {
        if (exception) {
            std::rethrow_exception(exception);
        }
    }
};

}  // namespace detail

template <class T>
class [[nodiscard]] Task {
public:
    using promise_type = detail::Promise<T>;
    using Handle = std::coroutine_handle<promise_type>;

    Task() = default;
    explicit Task(Handle handle) : handle_(handle) {}
    Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
    Task& operator=(Task&& other) noexcept {
        if (this != &other) {
            destroy();
            handle_ = std::exchange(other.handle_, {});
        }
        return *this;
    }
    ~Task() { destroy(); }

    struct Awaiter {
        Handle child;
        TaskContext* context = nullptr;  // set: the child runs in this context instead of its awaiter's

        bool await_ready() const noexcept { return false; }
        template <class Parent>
        bool await_suspend(std::coroutine_handle<Parent> parent) {
            auto& promise = child.promise();
            promise.context = context != nullptr ? context : parent.promise().context;
            child.resume();
            if (promise.finished) {
                return false;
            }
            promise.continuation = parent;
            return true;
        }
        T await_resume() { return child.promise().take(); }
    };
    Awaiter operator co_await() && { return Awaiter{handle_}; }
    /// Awaits in a context of its own: a cancelled awaiter does not cancel what must be finished (see uncancellable()).
    Awaiter in_context(TaskContext& context) && { return Awaiter{handle_, &context}; }

    [[nodiscard]] bool valid() const { return static_cast<bool>(handle_); }

private:
    void destroy() {
        if (handle_) {
            std::exchange(handle_, {}).destroy();
        }
    }
    Handle handle_;
};

namespace detail {
template <class T>
Task<T> Promise<T>::get_return_object() {
    return Task<T>(std::coroutine_handle<Promise<T>>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() {
    return Task<void>(std::coroutine_handle<Promise<void>>::from_promise(*this));
}
}  // namespace detail

/// `co_await cancellation_point()` throws Cancelled if the task was cancelled, and never suspends.
struct CancellationPoint {
    bool cancelled = false;
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) noexcept {
        cancelled = handle.promise().context->cancelled;
        return false;
    }
    void await_resume() const {
        if (cancelled) {
            throw Cancelled{};
        }
    }
};
[[nodiscard]] inline CancellationPoint cancellation_point() { return {}; }

/// For what must not stop half-way (commit, record): runs `task` to its end even if the caller is cancelled meanwhile.
template <class T>
Task<T> uncancellable(Task<T> task) {
    TaskContext shield;
    co_return co_await std::move(task).in_context(shield);
}

/// Base of every awaitable that really suspends: knows who waits, and wakes them once.
class Suspension : public Waiting {
public:
    Suspension() = default;
    Suspension(const Suspension&) = delete;
    Suspension& operator=(const Suspension&) = delete;

    template <class Promise>
    void suspend(std::coroutine_handle<Promise> handle) {
        handle_ = handle;
        context_ = handle.promise().context;
        context_->waiting = this;
    }
    [[nodiscard]] bool suspended() const { return static_cast<bool>(handle_); }
    /// Resumes the waiting task; it may destroy this object.
    void resume() {
        if (context_->waiting == this) {
            context_->waiting = nullptr;
        }
        std::exchange(handle_, {}).resume();
    }
    [[nodiscard]] bool was_cancelled() const { return context_ != nullptr && context_->cancelled; }

protected:
    ~Suspension() = default;

private:
    std::coroutine_handle<> handle_;
    TaskContext* context_ = nullptr;
};

/// One waiter, one value, one core: `co_await cell.wait()` returns what set() was given, before or after.
template <class T>
class OneShot {
public:
    void set(T value) {
        value_.emplace(std::move(value));
        if (waiter_ != nullptr) {
            std::exchange(waiter_, nullptr)->resume();
        }
    }
    [[nodiscard]] bool is_set() const { return value_.has_value(); }

    struct Awaiter final : Suspension {
        explicit Awaiter(OneShot& owner) : cell(owner) {}
        bool await_ready() const { return cell.value_.has_value(); }
        template <class Promise>
        bool await_suspend(std::coroutine_handle<Promise> handle) {
            if (handle.promise().context->cancelled) {
                return false;
            }
            suspend(handle);
            cell.waiter_ = this;
            return true;
        }
        T await_resume() {
            if (!cell.value_) {
                throw Cancelled{};
            }
            return std::move(*cell.value_);
        }
        void cancel() override {
            cell.waiter_ = nullptr;
            resume();
        }
        OneShot& cell;
    };
    Awaiter wait() { return Awaiter{*this}; }

private:
    std::optional<T> value_;
    Awaiter* waiter_ = nullptr;
};

}  // namespace posthouse::world
