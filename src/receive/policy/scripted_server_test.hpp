#pragma once
// For tests: a policy server whose answers are scripted, and a clock that the test moves.
#include <deque>
#include <string>
#include <vector>

#include "receive/policy/client.hpp"
#include "world/signal.hpp"

namespace posthouse::receive::scripted {

class MovedClock final : public world::Clock {
public:
    [[nodiscard]] world::SteadyTime now() const override { return now_; }
    [[nodiscard]] world::WallTime wall_now() const override { return world::WallTime(std::chrono::seconds(1'000'000)) + now_.time_since_epoch(); }
    world::Task<void> sleep_until(world::SteadyTime time) override {
        while (now_ < time) {
            co_await moved_.wait();
        }
    }
    /// Second by second, so that what wakes up in between sees its own time.
    void advance(std::chrono::seconds by) {
        for (; by.count() > 0; --by) {
            now_ += std::chrono::seconds(1);
            moved_.notify_all();
        }
    }
    world::Task<void> wait_for_a_move() { co_await moved_.wait(); }
    /// Who waits for the time looks at something else: data came.
    void stir() { moved_.notify_all(); }

private:
    world::SteadyTime now_;
    world::Signal moved_;
};

struct PolicyServerScript {
    static inline const std::string silence = "(silence)";  // until say() or end()
    static inline const std::string hang_up = "(hangs up)";

    /// To the next requests, in order; then DUNNO for ever.
    std::deque<std::string> replies;
    std::size_t refuses = 0;  // so many connections
    std::size_t idle_max = 100;
    bool scarce = false;

    std::size_t connections = 0, open = 0;
    std::vector<std::string> requests;
    MovedClock clock;

    struct Line {
        std::string to_read;
        bool ended = false;
    };
    std::deque<Line> lines;  // one for each connection

    void say(std::size_t connection, const std::string& text) {
        lines.at(connection).to_read += text;
        clock.stir();
    }
    void end(std::size_t connection) {
        lines.at(connection).ended = true;
        clock.stir();
    }
    void answer(std::size_t connection, const std::string& request) {
        requests.push_back(request);
        std::string reply = "action=DUNNO\n\n";
        if (!replies.empty()) {
            reply = replies.front();
            replies.pop_front();
        }
        if (reply == hang_up) {
            end(connection);
        } else if (reply != silence) {
            say(connection, reply);
        }
    }
};

class PolicyStream final : public world::Stream {
public:
    PolicyStream(PolicyServerScript& server, std::size_t number) : server_(server), number_(number) { ++server_.open; }
    PolicyStream(const PolicyStream&) = delete;
    PolicyStream& operator=(const PolicyStream&) = delete;
    ~PolicyStream() override { --server_.open; }
    world::Task<base::Result<std::size_t>> read_some(std::span<char> into, world::Deadline deadline) override {
        for (;;) {
            PolicyServerScript::Line& line = server_.lines[number_];
            if (!line.to_read.empty()) {
                const std::size_t count = line.to_read.copy(into.data(), into.size());
                line.to_read.erase(0, count);
                co_return count;
            }
            if (line.ended) {
                co_return std::size_t{0};
            }
            if (deadline.passed(server_.clock.now())) {
                co_return base::fail(base::ErrorKind::timeout, "timeout");
            }
            co_await server_.clock.wait_for_a_move();
        }
    }
    world::Task<base::Result<void>> write_all(std::string_view bytes, world::Deadline) override {
        server_.answer(number_, std::string(bytes));
        co_return base::Result<void>{};
    }
    world::Task<base::Result<world::TlsSession>> start_tls_server(std::shared_ptr<const world::TlsServerContext>, world::Deadline) override {
        co_return base::fail(base::ErrorKind::refused, "no TLS");
    }
    world::Task<base::Result<world::TlsSession>> start_tls_client(world::TlsClientRequest, world::Deadline) override { co_return base::fail(base::ErrorKind::refused, "no TLS"); }
    world::Task<void> shutdown(world::Deadline) override { co_return; }
    [[nodiscard]] base::Endpoint local() const override { return {}; }
    [[nodiscard]] base::Endpoint peer() const override { return {}; }
    [[nodiscard]] bool readable_now() const override { return server_.lines[number_].ended || !server_.lines[number_].to_read.empty(); }

private:
    PolicyServerScript& server_;
    std::size_t number_;
};

class ScriptedConnector final : public PolicyConnector {
public:
    explicit ScriptedConnector(PolicyServerScript& server) : server_(server) {}
    world::Task<base::Result<std::unique_ptr<world::Stream>>> connect(world::Deadline) override {
        if (server_.refuses > 0) {
            --server_.refuses;
            co_return base::fail(base::ErrorKind::refused, "Connection refused");
        }
        server_.lines.emplace_back();
        co_return std::make_unique<PolicyStream>(server_, server_.connections++);
    }
    [[nodiscard]] std::size_t idle_max() const override { return server_.idle_max; }
    [[nodiscard]] bool is_scarce() const override { return server_.scarce; }

private:
    PolicyServerScript& server_;
};

}  // namespace posthouse::receive::scripted
