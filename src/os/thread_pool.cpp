#include "os/thread_pool.hpp"

#include <csignal>

namespace posthouse::os {

ThreadPool::ThreadPool(std::size_t threads) {
    PH_ASSERT(threads > 0);
    // Signals are for the cores; a new thread inherits the mask of its maker.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (std::size_t i = 0; i < threads; ++i) {
        threads_.emplace_back([this] { work(); });
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

ThreadPool::~ThreadPool() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) {
        thread.join();
    }
}

void ThreadPool::submit(world::Work work) {
    {
        const std::lock_guard lock(mutex_);
        queue_.push_back(std::move(work));
    }
    wake_.notify_one();
}

void ThreadPool::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
        if (queue_.empty()) {
            return;
        }
        world::Work next = std::move(queue_.front());
        queue_.pop_front();
        lock.unlock();
        next();
        next = nullptr;  // what it holds ends outside the lock
        lock.lock();
    }
}

}  // namespace posthouse::os
