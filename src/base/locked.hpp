#pragma once
// Locked<T>: data that can only be reached through its lock. Never held across a co_await.
#include <mutex>
#include <utility>

namespace posthouse::base {

template <class T>
class Locked {
public:
    template <class F>
    auto with(F&& work) {
        const std::lock_guard guard(mutex_);
        return std::forward<F>(work)(value_);
    }

private:
    std::mutex mutex_;
    T value_{};
};

}  // namespace posthouse::base
