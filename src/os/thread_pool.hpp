#pragma once
// ThreadPool: threads for what blocks. The first thread is there from the start, another is made when
// there is work that no waiting one can take, and stays. With one thread, work runs in the order it was submitted.
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "world/cores.hpp"

namespace posthouse::os {

class ThreadPool final : public world::BlockingPool {
public:
    /// At most so many. A thread has the rights of the thread whose work it is made for.
    explicit ThreadPool(std::size_t threads);
    /// Finishes all that was submitted.
    ~ThreadPool() override;
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    void submit(world::Work work) override;

private:
    void work();
    void add_thread();

    const std::size_t threads_max_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<world::Work> queue_;
    std::size_t waiting_ = 0;  // threads without work, also those that have yet to begin or to take what they were told of
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace posthouse::os
