#pragma once
// For this module's tests: one core, scripted servers, a clock that stands and a pool that works at once.
#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "tables/fake_files.hpp"
#include "tables/surroundings.hpp"

namespace posthouse::tables {

/// Says the next piece of its script per read, writes down what it hears. At the end of the script it closes, or stays silent until
/// the reader's time is over.
struct FakeScript {
    enum class End { closes, stays_silent };
    std::deque<std::string> says;
    End end = End::closes;
};

class FakeStream final : public world::Stream {
public:
    FakeStream(FakeScript script, std::string& heard) : script_(std::move(script)), heard_(heard) {}
    world::Task<base::Result<std::size_t>> read_some(std::span<char> into, world::Deadline) override {
        if (script_.says.empty()) {
            if (script_.end == FakeScript::End::stays_silent) {
                co_return base::fail(base::ErrorKind::timeout, "timed out");
            }
            co_return std::size_t{0};
        }
        std::string& next = script_.says.front();
        const std::size_t count = std::min(into.size(), next.size());
        std::copy_n(next.begin(), count, into.begin());
        next.erase(0, count);
        if (next.empty()) {
            script_.says.pop_front();
        }
        co_return count;
    }
    world::Task<base::Result<void>> write_all(std::string_view bytes, world::Deadline) override {
        heard_ += bytes;
        co_return base::Result<void>{};
    }
    world::Task<base::Result<world::TlsSession>> start_tls_server(std::shared_ptr<const world::TlsServerContext>, world::Deadline) override { co_return no_tls(); }
    world::Task<base::Result<world::TlsSession>> start_tls_client(world::TlsClientRequest, world::Deadline) override { co_return no_tls(); }
    world::Task<void> shutdown(world::Deadline) override { co_return; }
    base::Endpoint local() const override { return {}; }
    base::Endpoint peer() const override { return {}; }
    bool readable_now() const override { return script_.says.empty() && script_.end == FakeScript::End::closes; }

private:
    static std::unexpected<base::Error> no_tls() { return base::fail(base::ErrorKind::tls, "no TLS here"); }
    FakeScript script_;
    std::string& heard_;
};

/// Every connection gets the next script; none left: refused.
class FakeNetwork final : public world::Network {
public:
    using StreamResult = base::Result<std::unique_ptr<world::Stream>>;
    std::deque<FakeScript> scripts;
    std::string heard;
    std::vector<std::string> connected_to;

    world::Task<StreamResult> connect(base::Endpoint peer, std::optional<base::IpAddress>, world::Deadline) override { co_return open(peer.text()); }
    world::Task<StreamResult> connect_unix(std::string path, world::Deadline) override { co_return open(path); }
    base::Result<std::shared_ptr<world::ListenSocket>> listen(base::Endpoint) override { return refused(); }
    base::Result<std::shared_ptr<world::ListenSocket>> listen_unix(std::string, unsigned) override { return refused(); }
    base::Result<std::unique_ptr<world::Listener>> share(const std::shared_ptr<world::ListenSocket>&) override { return refused(); }

private:
    static std::unexpected<base::Error> refused() { return base::fail(base::ErrorKind::refused, "Connection refused"); }
    StreamResult open(const std::string& where) {
        connected_to.push_back(where);
        if (scripts.empty()) {
            return refused();
        }
        auto stream = std::make_unique<FakeStream>(std::move(scripts.front()), heard);
        scripts.pop_front();
        return stream;
    }
};

class FakeClock final : public world::Clock {
public:
    world::SteadyTime time{std::chrono::hours(1)};
    world::SteadyTime now() const override { return time; }
    world::WallTime wall_now() const override { return {}; }
    /// Nothing happens while somebody sleeps here, so time is over at once.
    world::Task<void> sleep_until(world::SteadyTime) override { co_return; }
};

class FakeResolver final : public world::Resolver {
public:
    std::map<std::string, std::vector<base::IpAddress>> names;
    world::Task<world::DnsAnswer> query(std::string, world::RecordType, world::Deadline) override {
        world::DnsAnswer answer;
        answer.reason = "name server does not answer";
        co_return answer;
    }
    std::vector<base::IpAddress> hosts_addresses(std::string_view name) const override {
        const auto found = names.find(std::string(name));
        return found == names.end() ? std::vector<base::IpAddress>{} : found->second;
    }
    std::string hosts_name(const base::IpAddress&) const override { return {}; }
};

class FakeExecutor final : public world::Executor {
public:
    void post(world::Work work) override { work(); }
};

class FakePool final : public world::BlockingPool {
public:
    int jobs = 0;
    bool stuck = false;  // what is submitted waits in `held`
    std::vector<world::Work> held;
    void submit(world::Work work) override {
        ++jobs;
        if (stuck) {
            held.push_back(std::move(work));
        } else {
            work();
        }
    }
};

class FakeRandom final : public world::Random {
public:
    std::uint64_t next() override { return 4; }
};

class FakeOutside final : public world::Cores {
public:
    FakeExecutor executor;
    FakeClock clock;
    FakeNetwork network;
    FakeResolver resolver;
    FakeRandom random;
    FakePool pool;
    world::Core only{0, executor, clock, network, resolver, random};

    std::size_t count() const override { return 1; }
    world::Core& core(std::size_t) override { return only; }
    Surroundings surroundings() { return {this, &pool, "/queue"}; }
};

}  // namespace posthouse::tables
