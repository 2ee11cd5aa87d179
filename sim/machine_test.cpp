#include "sim/machine.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "sim/peers/dialog.hpp"
#include "sim/peers/peer_host.hpp"
#include "world/buffered_stream.hpp"
#include "world/task_group.hpp"

namespace posthouse::sim {
namespace {

using world::BufferedStream;
using world::Task;
using std::chrono::minutes;
using std::chrono::seconds;

const base::Endpoint server_endpoint{*base::IpAddress::parse("127.0.0.1"), 25};

/// The smallest server with a promise: it stores each line and then says 250.
class LineKeeper {
public:
    explicit LineKeeper(Machine& machine) : home_(machine.cores().core(0)), pool_(machine.add_pool(1)) {
        EXPECT_EQ(sqlite3_open_v2("/lines.db", &database_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, machine.disk().vfs_name().c_str()), SQLITE_OK);
        run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE IF NOT EXISTS lines(text TEXT)");
        const auto socket = home_.network.listen(server_endpoint);
        if (socket) {
            auto listener = home_.network.share(*socket);
            tasks_.spawn(accept_all(std::move(*listener)));
        }
    }
    ~LineKeeper() { sqlite3_close(database_); }
    LineKeeper(const LineKeeper&) = delete;
    LineKeeper& operator=(const LineKeeper&) = delete;

    world::TaskGroup& tasks() { return tasks_; }
    bool run(const std::string& sql) { return sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK; }
    std::set<std::string> lines() {
        std::set<std::string> out;
        const auto add = [](void* to, int, char** values, char**) {
            static_cast<std::set<std::string>*>(to)->insert(values[0]);
            return 0;
        };
        sqlite3_exec(database_, "SELECT text FROM lines", add, &out, nullptr);
        return out;
    }

private:
    Task<void> accept_all(std::unique_ptr<world::Listener> listener) {
        for (;;) {
            auto stream = co_await listener->accept();
            if (stream) {
                tasks_.spawn(serve(std::move(*stream)));
            }
        }
    }
    Task<void> serve(std::unique_ptr<world::Stream> connection) {
        BufferedStream stream(std::move(connection));
        for (;;) {
            const Deadline deadline = home_.clock.deadline_in(minutes(5));
            const auto line = co_await stream.read_line(1000, deadline);
            if (!line) {
                co_return;
            }
            auto work = [this, sql = "INSERT INTO lines VALUES('" + line->text + "')"] { return run(sql); };
            const bool stored = co_await world::off_core(pool_, home_.executor, std::move(work));
            stream.queue(stored ? "250 kept\r\n" : "451 not kept\r\n");
            const auto sent = co_await stream.flush(deadline);
            if (!sent) {
                co_return;
            }
        }
    }
    world::Core& home_;
    world::BlockingPool& pool_;
    sqlite3* database_ = nullptr;
    world::TaskGroup tasks_;
};

Task<void> send_lines(PeerHost& host, int& next, std::set<std::string>& promised) {
    for (;;) {
        auto stream = co_await host.network.connect(server_endpoint, std::nullopt, host.clock.deadline_in(seconds(30)));
        if (!stream) {
            co_await host.clock.sleep_for(seconds(10));
            continue;
        }
        BufferedStream lines(std::move(*stream));
        for (bool alive = true; alive;) {
            std::string line = "line" + std::to_string(++next);
            const auto reply = co_await command(lines, line, host.clock.deadline_in(seconds(60)));
            alive = reply.has_value();
            if (reply && reply->code == 250) {
                promised.insert(line);
            }
        }
    }
}

}  // namespace

TEST(machine, a_server_that_loses_power_at_any_moment_keeps_its_promises) {
    std::size_t promises = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        World world(seed);
        Machine machine(world, {.name = "mx", .addresses = {server_endpoint.address}, .cores = 1});
        PeerHost client(world, "client", {*base::IpAddress::parse("127.0.0.9")});
        std::set<std::string> promised;
        int next = 0;
        world::TaskGroup peers;
        peers.spawn(send_lines(client, next, promised));
        for (int life = 0; life < 4; ++life) {
            machine.boot();
            machine.disk().set_faults({.write_error_at = {}, .sync_error_at = {}, .power_loss_at = world.scheduler.random().between(30, 150)});
            LineKeeper server(machine);
            const std::set<std::string> kept = server.lines();
            for (const std::string& line : promised) {
                EXPECT_TRUE(!machine.powered() || kept.contains(line)) << "seed " << seed << " lost " << line;
            }
            world.scheduler.run_until([&] { return !machine.powered(); }, minutes(60));
            EXPECT_FALSE(machine.powered());
            server.tasks().cancel();
            EXPECT_TRUE(world.scheduler.run_until([&] { return server.tasks().size() == 0; }, minutes(5)));
        }
        promises += promised.size();
        peers.cancel();
    }
    EXPECT_GT(promises, 500U);
}

TEST(machine, nothing_reaches_the_outside_after_the_power_is_gone) {
    World world(3);
    Machine machine(world, {.name = "mx", .addresses = {server_endpoint.address}, .cores = 1});
    machine.boot();
    machine.files().put("/etc/x", "y");
    world::Network& network = machine.cores().core(0).network;
    EXPECT_TRUE(network.listen(server_endpoint).has_value());
    machine.power_loss();
    machine.power_loss();
    EXPECT_FALSE(network.listen(server_endpoint).has_value());
    EXPECT_FALSE(machine.files().read("/etc/x").has_value());
    machine.boot();
    EXPECT_EQ(machine.boots(), 2);
    EXPECT_EQ(*machine.files().read("/etc/x"), "y");
}

}  // namespace posthouse::sim
