#pragma once
// ThreadPool: threads for what blocks. The first thread is there from the start, another is made when
// there is work that no waiting one can take, and stays. With one thread, work runs in the order it was submitted.
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "world/cores.hpp"

namespace posthouse::os {

class ThreadPool final : public world::BlockingPool {
public:
    /// At most so many. A thread has the rights of the thread whose work it is made for. `when_hung` is called at the end if work does not
    /// come to its own within a moment, on the thread that waits for it; it does not return. Unset: the end waits.
    explicit ThreadPool(std::size_t threads, std::function<void()> when_hung = {});
    /// Finishes all that was submitted, but for what hangs.
    ~ThreadPool() override;
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    void submit(world::Work work) override;

private:
    void work();
    void add_thread();

    static constexpr std::chrono::seconds hang_patience{1};
    const std::size_t threads_max_;
    const std::function<void()> when_hung_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable ended_;
    std::deque<world::Work> queue_;
    std::size_t waiting_ = 0;  // threads without work, also those that have yet to begin or to take what they were told of
    std::size_t working_ = 0;  // threads that have not come to their end
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace posthouse::os
