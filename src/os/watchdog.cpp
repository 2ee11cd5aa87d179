#include "os/watchdog.hpp"

#include <unistd.h>

#include <csignal>
#include <system_error>

namespace posthouse::os {

namespace {
constexpr std::chrono::milliseconds time_to_log{500};
}

Watchdog::~Watchdog() {
    {
        const std::lock_guard lock(mutex_);
        ended_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void Watchdog::start(std::chrono::milliseconds patience, std::function<void()> complain) {
    if (thread_.joinable()) {
        return;
    }
    // Signals are for the cores; a new thread inherits the mask of its maker.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    sigdelset(&all, SIGSYS);  // of this thread's own doing
    pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
        thread_ = std::thread([this, patience, complain = std::move(complain)] {
            std::unique_lock lock(mutex_);
            if (wake_.wait_for(lock, patience, [this] { return ended_; })) {
                return;
            }
            complain();
            wake_.wait_for(lock, time_to_log, [this] { return ended_; });
            ::_exit(1);
        });
    } catch (const std::system_error&) {
        // No memory for its stack. What it would have watched is to happen all the same.
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace posthouse::os
