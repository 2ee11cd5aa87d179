#include "os/thread_pool.hpp"

#include <csignal>

namespace posthouse::os {

ThreadPool::ThreadPool(std::size_t threads, std::function<void()> when_hung) : threads_max_(threads), when_hung_(std::move(when_hung)) {
    PH_ASSERT(threads > 0);
    threads_.reserve(threads);
    add_thread();
}

ThreadPool::~ThreadPool() {
    {
        std::unique_lock lock(mutex_);
        stopping_ = true;
        wake_.notify_all();
        if (when_hung_ && !ended_.wait_for(lock, hang_patience, [this] { return working_ == 0; })) {
            when_hung_();
        }
    }
    for (std::thread& thread : threads_) {
        thread.join();
    }
}

void ThreadPool::submit(world::Work work) {
    {
        const std::lock_guard lock(mutex_);
        queue_.push_back(std::move(work));
        if (!stopping_ && queue_.size() > waiting_ && threads_.size() < threads_max_) {
            try {
                add_thread();
            } catch (const std::system_error&) {  // the machine has no more of them: those that are there do it
            }
        }
    }
    wake_.notify_one();
}

void ThreadPool::add_thread() {
    // Signals are for the cores; a new thread inherits the mask of its maker.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    sigdelset(&all, SIGSYS);  // blocked, a refused system call would end the process instead of failing
    pthread_sigmask(SIG_SETMASK, &all, &before);
    struct Restore {
        const sigset_t& mask;
        ~Restore() { pthread_sigmask(SIG_SETMASK, &mask, nullptr); }
    };
    const Restore restore{before};
    ++waiting_;
    ++working_;
    try {
        threads_.emplace_back([this] { this->work(); });
    } catch (...) {
        --waiting_;
        --working_;
        throw;
    }
}

void ThreadPool::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        if (queue_.empty()) {
            if (stopping_) {
                --working_;
                ended_.notify_all();
                return;
            }
            wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
            continue;
        }
        --waiting_;
        world::Work next = std::move(queue_.front());
        queue_.pop_front();
        lock.unlock();
        next();
        next = nullptr;  // what it holds ends outside the lock
        lock.lock();
        ++waiting_;
    }
}

}  // namespace posthouse::os
