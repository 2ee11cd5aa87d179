#pragma once
// Guarded<T>: a value that several threads use, reachable only while its mutex is held.
#include <mutex>
#include <type_traits>
#include <utility>

namespace posthouse::base {

template <class T>
class Guarded {
public:
    Guarded() = default;
    explicit Guarded(T value) : value_(std::move(value)) {}
    Guarded(const Guarded&) = delete;
    Guarded& operator=(const Guarded&) = delete;

    /// Calls `use(value)` under the mutex. Keep it short: no I/O, no call to the outside, no reference kept.
    template <class F>
    auto with(F&& use) -> std::invoke_result_t<F, T&> {
        const std::lock_guard lock(mutex_);
        return std::forward<F>(use)(value_);
    }

private:
    std::mutex mutex_;
    T value_{};
};

}  // namespace posthouse::base
