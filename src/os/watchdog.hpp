#pragma once
// Watchdog: an end for a process whose own end hangs, on a disk that no longer answers or on a lock. Asks nobody: it has a
// thread of its own, and ends the process without destructors.
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace posthouse::os {

class Watchdog {
public:
    Watchdog() = default;
    /// What it watched over came to its end in time.
    ~Watchdog();
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    /// After `patience` `complain` is called, which must not wait for anything, and the process ends with status 1 soon after.
    /// The first call counts.
    void start(std::chrono::milliseconds patience, std::function<void()> complain);

private:
    std::mutex mutex_;
    std::condition_variable wake_;
    bool ended_ = false;
    std::thread thread_;
};

}  // namespace posthouse::os
