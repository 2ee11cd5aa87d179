// The spool between real threads, for ThreadSanitizer above all.
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "queue/spool/spool_test_world.hpp"

namespace posthouse::queue {
namespace {

// Runs work in order on a thread of its own until it is destroyed; what was handed in before is finished.
class OwnThread final : public world::Executor, public world::BlockingPool {
public:
    OwnThread() : thread_([this] { run(); }) {}
    OwnThread(const OwnThread&) = delete;
    OwnThread& operator=(const OwnThread&) = delete;
    ~OwnThread() override {
        add({});
        thread_.join();
    }
    void post(world::Work work) override { add(std::move(work)); }
    void submit(world::Work work) override { add(std::move(work)); }

private:
    void add(world::Work work) {
        {
            const std::lock_guard lock(mutex_);
            waiting_.push_back(std::move(work));
        }
        changed_.notify_one();
    }
    void run() {
        for (;;) {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return !waiting_.empty(); });
            world::Work work = std::move(waiting_.front());
            waiting_.pop_front();
            lock.unlock();
            if (!work) {
                return;
            }
            work();
        }
    }
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<world::Work> waiting_;
    std::thread thread_;
};

struct Progress {
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t ended = 0;
    std::size_t good = 0;

    void end(bool success) {
        const std::lock_guard lock(mutex);
        ++ended;
        good += success ? 1 : 0;
        changed.notify_all();
    }
    void wait_for(std::size_t count) {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return ended >= count; });
    }
};

// Everything that one core owns; made and destroyed on its thread.
struct TestCore {
    testing::StoppedClock clock;
    world::nobody::NoNetwork network;
    world::nobody::NoResolver resolver;
    testing::CountingRandom random;
    world::Core core;
    world::TaskGroup tasks;
    OwnThread thread;  // ends first: the last task may still be leaving
    explicit TestCore(std::size_t index) : core{index, thread, clock, network, resolver, random} {}
};

world::Task<void> store_read_remove(SqliteSpool& spool, world::Core& home, std::size_t size, Progress& progress) {
    bool good = false;
    const auto writer = spool.create(home);
    const std::string text = testing::text_of(size);
    mail::Envelope envelope;
    world::Task<base::Result<mail::Committed>> storing = testing::store(*writer, text, std::move(envelope));
    const auto committed = co_await std::move(storing);
    if (committed) {
        const auto content = co_await testing::read_all(spool.content(committed->queue_id(), home));
        const auto listed = co_await spool.active_after({}, 3, {}, home);
        mail::SpoolUpdate removal{.id = committed->queue_id(), .next = mail::SpoolUpdate::Next::remove};
        const auto removed = co_await spool.update(std::move(removal), home);
        good = content && *content == text && listed && removed;
    }
    progress.end(good);
}

world::Task<void> close_spool(SqliteSpool& spool, world::Core& home, Progress& progress) {
    const auto closed = co_await spool.close(home);
    progress.end(closed.has_value());
}

}  // namespace

TEST(spool_threads, cores_store_read_and_remove_at_the_same_time) {
    constexpr std::size_t per_core = 60;
    const testing::Folder folder;
    Progress progress;
    std::unique_ptr<SqliteSpool> spool;
    TestCore first(0);
    TestCore second(1);
    OwnThread pool;  // ends before the cores that it posts to
    spool = std::move(*SqliteSpool::open(folder.file("spool.db"), {}, pool));
    for (TestCore* const core : {&first, &second}) {
        core->thread.post([&spool, &progress, core] {
            for (std::size_t i = 0; i < per_core; ++i) {
                core->tasks.spawn(store_read_remove(*spool, core->core, i % 10 == 0 ? 5 * block_size : 1000 + i, progress));
            }
        });
    }
    progress.wait_for(2 * per_core);
    EXPECT_EQ(progress.good, 2 * per_core);
    first.thread.post([&] { first.tasks.spawn(close_spool(*spool, first.core, progress)); });
    progress.wait_for(2 * per_core + 1);
    EXPECT_EQ(progress.good, 2 * per_core + 1);
    auto reader = MessageReader::open(folder.file("spool.db"), {});
    ASSERT_TRUE(reader);
    EXPECT_TRUE((*reader)->list({}, 10)->empty());
}

}  // namespace posthouse::queue
