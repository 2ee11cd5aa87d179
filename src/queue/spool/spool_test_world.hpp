#pragma once
// For tests: a world of one thread in which pools and executors run when they are told to, and a spool file in a folder of its own.
#include <deque>
#include <filesystem>
#include <optional>
#include <string>

#include "queue/spool/sqlite_spool.hpp"
#include "world/task_group.hpp"
#include "world/nobody_test.hpp"

namespace posthouse::queue::testing {

class WorkQueue final : public world::Executor, public world::BlockingPool {
public:
    void post(world::Work work) override { add(std::move(work)); }
    void submit(world::Work work) override {
        if (std::exchange(refuses_once, false)) {
            throw std::bad_alloc();
        }
        add(std::move(work));
    }
    bool refuses_once = false;
    bool run_one() {
        if (waiting_.empty()) {
            return false;
        }
        world::Work work = std::move(waiting_.front());
        waiting_.pop_front();
        work();
        return true;
    }
    [[nodiscard]] std::size_t added() const { return added_; }

private:
    void add(world::Work work) {
        waiting_.push_back(std::move(work));
        ++added_;
    }
    std::deque<world::Work> waiting_;
    std::size_t added_ = 0;
};

class StoppedClock final : public world::Clock {
public:
    [[nodiscard]] world::SteadyTime now() const override { return {}; }
    [[nodiscard]] world::WallTime wall_now() const override { return time; }
    world::Task<void> sleep_until(world::SteadyTime) override { co_return; }
    world::WallTime time{std::chrono::seconds(1'750'000'000)};
};

class CountingRandom final : public world::Random {
public:
    std::uint64_t next() override { return ++last_; }

private:
    std::uint64_t last_ = 0;
};

/// A folder that goes away with the test; in memory where the system offers that, as thousands of syncs are of no use here.
class Folder {
public:
    Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path_); }
    [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

inline Folder::Folder() {
    const std::filesystem::path memory = "/dev/shm";
    std::string pattern = ((std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path()) / "posthouse-spool-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
}

/// Two cores and the commit thread's pool, on one thread.
struct OneThread {
    WorkQueue executors[2];
    WorkQueue pool;
    StoppedClock clock;
    world::nobody::NoNetwork network;
    world::nobody::NoResolver resolver;
    CountingRandom random;
    world::Core cores[2] = {{0, executors[0], clock, network, resolver, random}, {1, executors[1], clock, network, resolver, random}};
    world::TaskGroup tasks;

    void run() {
        while (executors[0].run_one() || executors[1].run_one() || pool.run_one()) {
        }
    }
    template <class T>
    T await(world::Task<T> task) {
        std::optional<T> result;
        start(std::move(task), result);
        run();
        return std::move(result.value());
    }
    /// Starts `task`; `result` is set once it is through.
    template <class T>
    void start(world::Task<T> task, std::optional<T>& result) {
        tasks.spawn(keep(std::move(task), result));
    }

private:
    template <class T>
    static world::Task<void> keep(world::Task<T> task, std::optional<T>& result) {
        result.emplace(co_await std::move(task));
    }
};

inline mail::Envelope envelope_to(std::initializer_list<const char*> recipients) {
    mail::Envelope envelope;
    envelope.reverse_path = mail::ReversePath("sender@example.org");
    for (const char* const recipient : recipients) {
        envelope.recipients.push_back({.address = recipient, .original_address = recipient, .original_recipient = {}, .notify = {}});
    }
    return envelope;
}

/// `size` bytes of which no two blocks are alike.
inline std::string text_of(std::size_t size) {
    const std::string filling(500, 'x');
    std::string text;
    for (std::size_t line = 0; text.size() < size; ++line) {
        text += "line " + std::to_string(line) + filling + "\r\n";
    }
    text.resize(size);
    return text;
}

inline world::Task<base::Result<mail::Committed>> store(mail::SpoolWriter& writer, std::string content, mail::Envelope envelope,
                                                        mail::QueueName queue = mail::QueueName::active) {
    constexpr std::size_t step = 10'000;  // no divisor of the block size
    for (std::size_t at = 0; at < content.size(); at += step) {
        const base::Result<void> written = co_await writer.write(std::string_view(content).substr(at, step));
        if (!written) {
            co_return std::unexpected(written.error());
        }
    }
    co_return co_await writer.commit(std::move(envelope), queue);
}

inline world::Task<base::Result<std::string>> read_all(std::shared_ptr<mail::ContentSource> source) {
    base::Result<std::unique_ptr<mail::ContentReader>> reader = co_await source->open();
    if (!reader) {
        co_return std::unexpected(reader.error());
    }
    std::string content;
    for (;;) {
        const base::Result<mail::Block> block = co_await (*reader)->next();
        if (!block) {
            co_return std::unexpected(block.error());
        }
        if (*block == nullptr) {
            co_return content;
        }
        content += **block;
    }
}

}  // namespace posthouse::queue::testing
