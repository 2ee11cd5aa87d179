#pragma once
// ThreadPool: threads for what blocks. With one thread, work runs in the order it was submitted.
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "world/cores.hpp"

namespace posthouse::os {

class ThreadPool final : public world::BlockingPool {
public:
    explicit ThreadPool(std::size_t threads);
    /// Finishes all that was submitted.
    ~ThreadPool() override;
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    void submit(world::Work work) override;

private:
    void work();

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<world::Work> queue_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace posthouse::os
