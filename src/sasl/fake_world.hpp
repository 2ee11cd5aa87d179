#pragma once
// A scripted peer, a clock that stands and a pool that works at once, for this module's tests.
#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/assert.hpp"
#include "world/clock.hpp"
#include "world/cores.hpp"
#include "world/network.hpp"
#include "world/random.hpp"
#include "world/task_group.hpp"

namespace posthouse::sasl {

/// Says one line of its script per read, writes down what it hears; at the end of the script it closes.
class ScriptedStream final : public world::Stream {
public:
    ScriptedStream(std::deque<std::string> script, std::string& heard) : script_(std::move(script)), heard_(heard) {}
    world::Task<base::Result<std::size_t>> read_some(std::span<char> into, world::Deadline) override {
        if (script_.empty()) {
            co_return std::size_t{0};
        }
        std::string& next = script_.front();
        const std::size_t count = std::min(into.size(), next.size());
        std::copy_n(next.begin(), count, into.begin());
        next.erase(0, count);
        if (next.empty()) {
            script_.pop_front();
        }
        co_return count;
    }
    world::Task<base::Result<void>> write_all(std::string_view bytes, world::Deadline) override {
        heard_ += bytes;
        co_return base::Result<void>{};
    }
    world::Task<base::Result<world::TlsSession>> start_tls_server(std::shared_ptr<const world::TlsServerContext>, world::Deadline) override {
        co_return base::fail(base::ErrorKind::tls, "no TLS here");
    }
    world::Task<base::Result<world::TlsSession>> start_tls_client(world::TlsClientRequest, world::Deadline) override {
        co_return base::fail(base::ErrorKind::tls, "no TLS here");
    }
    world::Task<void> shutdown(world::Deadline) override { co_return; }
    base::Endpoint local() const override { return {}; }
    base::Endpoint peer() const override { return {}; }
    bool readable_now() const override { return false; }

private:
    std::deque<std::string> script_;
    std::string& heard_;
};

/// Every connection gets the next script; none left: refused.
class ScriptedNetwork final : public world::Network {
public:
    std::deque<std::deque<std::string>> scripts;
    std::string heard;
    std::vector<std::string> connected_to;

    world::Task<base::Result<std::unique_ptr<world::Stream>>> connect(base::Endpoint peer, std::optional<base::IpAddress>, world::Deadline) override {
        co_return open(peer.text());
    }
    world::Task<base::Result<std::unique_ptr<world::Stream>>> connect_unix(std::string path, world::Deadline) override { co_return open(path); }
    base::Result<std::shared_ptr<world::ListenSocket>> listen(base::Endpoint) override { return refused(); }
    base::Result<std::shared_ptr<world::ListenSocket>> listen_unix(std::string, unsigned) override { return refused(); }
    base::Result<std::unique_ptr<world::Listener>> share(const std::shared_ptr<world::ListenSocket>&) override { return refused(); }

private:
    static std::unexpected<base::Error> refused() { return base::fail(base::ErrorKind::refused, "Connection refused"); }
    base::Result<std::unique_ptr<world::Stream>> open(const std::string& where) {
        connected_to.push_back(where);
        if (scripts.empty()) {
            return refused();
        }
        auto stream = std::make_unique<ScriptedStream>(std::move(scripts.front()), heard);
        scripts.pop_front();
        return stream;
    }
};

class StandingClock final : public world::Clock {
public:
    world::SteadyTime time{std::chrono::hours(1)};
    world::SteadyTime now() const override { return time; }
    world::WallTime wall_now() const override { return {}; }
    world::Task<void> sleep_until(world::SteadyTime) override { co_return; }
};

class CountingRandom final : public world::Random {
public:
    std::uint64_t next() override { return next_++; }

private:
    std::uint64_t next_ = 41;
};

class ImmediatePool final : public world::BlockingPool, public world::Executor {
public:
    int jobs = 0;
    void submit(world::Work work) override {
        ++jobs;
        work();
    }
    void post(world::Work work) override { work(); }
};

template <class T>
world::Task<void> keep_result(world::Task<T> task, std::optional<T>& value) {
    value.emplace(co_await std::move(task));
}

template <class T>
[[nodiscard]] T run_now(world::Task<T> task) {
    std::optional<T> value;
    world::TaskGroup group;
    group.spawn(keep_result(std::move(task), value));
    PH_ASSERT(value.has_value());
    return std::move(*value);
}

}  // namespace posthouse::sasl
