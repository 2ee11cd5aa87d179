#include "sim/sim_network.hpp"

#include <gtest/gtest.h>

#include "sim/peers/peer_host.hpp"
#include "sim/sim_stream.hpp"
#include "world/buffered_stream.hpp"
#include "world/task_group.hpp"

namespace posthouse::sim {
namespace {

using base::ErrorKind;
using world::Stream;
using world::Task;
using std::chrono::minutes;
using std::chrono::seconds;

const base::IpAddress client_address = *base::IpAddress::parse("127.0.0.1");
const base::IpAddress server_address = *base::IpAddress::parse("127.0.0.2");
const base::Endpoint server_endpoint{server_address, 25};

struct Pair {
    std::unique_ptr<Stream> client, server;
    std::optional<base::Error> error;
};

struct TwoHosts {
    explicit TwoHosts(std::uint64_t seed) : world(seed), client(world, "client", {client_address}), server(world, "server", {server_address}) {}

    Task<void> accept_one(std::shared_ptr<world::ListenSocket> socket, Pair& pair) {
        auto listener = server.network.share(socket);
        auto stream = co_await (*listener)->accept();
        pair.server = std::move(*stream);
    }
    Task<void> connect_one(Pair& pair, Duration patience) {
        auto stream = co_await client.network.connect(server_endpoint, std::nullopt, client.clock.deadline_in(patience));
        if (stream) {
            pair.client = std::move(*stream);
        } else {
            pair.error = stream.error();
        }
    }
    void connect(Pair& pair) {
        auto socket = server.network.listen(server_endpoint);
        ASSERT_TRUE(socket.has_value());
        tasks.spawn(accept_one(*socket, pair));
        tasks.spawn(connect_one(pair, seconds(10)));
        world.scheduler.run_for(seconds(20));
        ASSERT_TRUE(pair.client && pair.server);
    }

    World world;
    PeerHost client, server;
    world::TaskGroup tasks;
};

Task<void> send_all(Stream& stream, std::string bytes, Deadline deadline, std::string& log) {
    const auto sent = co_await stream.write_all(bytes, deadline);
    log += sent ? "sent;" : sent.error().kind == ErrorKind::timeout ? "write timeout;" : "write failed;";
}

struct Received {
    std::string bytes;
    std::size_t reads = 0;
    std::optional<ErrorKind> error;
    bool end = false;
};

Task<void> receive_all(Stream& stream, Deadline deadline, Received& into) {
    std::array<char, 4096> buffer{};
    for (;;) {
        const auto got = co_await stream.read_some(buffer, deadline);
        if (!got) {
            into.error = got.error().kind;
            co_return;
        }
        if (*got == 0) {
            into.end = true;
            co_return;
        }
        ++into.reads;
        into.bytes.append(buffer.data(), *got);
    }
}

std::string pattern(std::size_t size) {
    std::string out;
    while (out.size() < size) {
        out += std::to_string(out.size()) + ',';
    }
    return out;
}

std::uint64_t transfer(std::uint64_t seed) {
    TwoHosts hosts(seed);
    Pair pair;
    hosts.connect(pair);
    std::string log;
    Received received;
    const std::string sent = pattern(200'000);
    const Deadline deadline = hosts.client.clock.deadline_in(minutes(30));
    hosts.tasks.spawn(send_all(*pair.client, sent, deadline, log));
    hosts.tasks.spawn(receive_all(*pair.server, deadline, received));
    hosts.world.scheduler.run_for(minutes(10));
    EXPECT_EQ(log, "sent;");
    EXPECT_EQ(received.bytes, sent);
    EXPECT_GT(received.reads, 50U);
    EXPECT_FALSE(received.end);
    pair.client.reset();
    hosts.world.scheduler.run_for(minutes(1));
    EXPECT_TRUE(received.end);
    return hosts.world.scheduler.trace_hash();
}

}  // namespace

TEST(sim_network, bytes_arrive_in_pieces_in_order_and_reproducibly) {
    const std::uint64_t first = transfer(7);
    EXPECT_EQ(first, transfer(7));
    EXPECT_NE(first, transfer(8));
}

TEST(sim_network, nobody_listening_refuses_and_a_black_hole_times_out) {
    TwoHosts hosts(9);
    Pair pair;
    hosts.tasks.spawn(hosts.connect_one(pair, seconds(30)));
    hosts.world.scheduler.run_for(seconds(40));
    ASSERT_TRUE(pair.error.has_value());
    EXPECT_EQ(pair.error->kind, ErrorKind::refused);

    hosts.world.internet.conditions.blackhole_per_mille = 1000;
    const SteadyTime start = hosts.world.scheduler.now();
    pair.error.reset();
    hosts.tasks.spawn(hosts.connect_one(pair, seconds(30)));
    hosts.world.scheduler.run_until([&] { return pair.error.has_value(); }, minutes(5));
    EXPECT_EQ(pair.error->kind, ErrorKind::timeout);
    EXPECT_EQ(hosts.world.scheduler.now() - start, seconds(30));
}

TEST(sim_network, half_close_ends_one_direction_only) {
    TwoHosts hosts(10);
    Pair pair;
    hosts.connect(pair);
    const Deadline deadline = hosts.client.clock.deadline_in(minutes(5));
    Received at_server;
    Received at_client;
    std::string log;
    dynamic_cast<SimStream&>(*pair.client).finish_writing();
    hosts.tasks.spawn(receive_all(*pair.server, deadline, at_server));
    hosts.tasks.spawn(receive_all(*pair.client, deadline, at_client));
    hosts.tasks.spawn(send_all(*pair.server, "still here", deadline, log));
    hosts.world.scheduler.run_for(minutes(1));
    EXPECT_TRUE(at_server.end);
    EXPECT_EQ(at_client.bytes, "still here");
    EXPECT_FALSE(at_client.end);
    hosts.tasks.cancel();
}

TEST(sim_network, closing_with_unread_data_is_a_reset_for_the_peer) {
    TwoHosts hosts(11);
    Pair pair;
    hosts.connect(pair);
    const Deadline deadline = hosts.client.clock.deadline_in(minutes(5));
    Received at_client;
    std::string log;
    hosts.tasks.spawn(send_all(*pair.client, "never read", deadline, log));
    hosts.tasks.spawn(receive_all(*pair.client, deadline, at_client));
    hosts.world.scheduler.run_for(seconds(5));
    EXPECT_TRUE(pair.server->readable_now());
    pair.server.reset();
    hosts.world.scheduler.run_for(seconds(5));
    EXPECT_EQ(at_client.error, ErrorKind::reset);
}

TEST(sim_network, a_writer_waits_for_a_reader_and_gives_up_at_its_deadline) {
    TwoHosts hosts(12);
    Pair pair;
    hosts.connect(pair);
    std::string log;
    hosts.tasks.spawn(send_all(*pair.client, pattern(1'000'000), hosts.client.clock.deadline_in(minutes(3)), log));
    hosts.world.scheduler.run_for(minutes(2));
    EXPECT_EQ(log, "");
    hosts.world.scheduler.run_for(minutes(2));
    EXPECT_EQ(log, "write timeout;");
}

TEST(sim_network, a_fault_plan_breaks_the_connection_after_so_many_bytes) {
    TwoHosts hosts(13);
    hosts.world.internet.conditions.reset_after = 10'000;
    Pair pair;
    hosts.connect(pair);
    const Deadline deadline = hosts.client.clock.deadline_in(minutes(5));
    Received at_server;
    std::string log;
    hosts.tasks.spawn(receive_all(*pair.server, deadline, at_server));
    hosts.tasks.spawn(send_all(*pair.client, pattern(100'000), deadline, log));
    hosts.world.scheduler.run_for(minutes(1));
    EXPECT_EQ(at_server.error, ErrorKind::reset);
    EXPECT_LE(at_server.bytes.size(), 10'000U);
    EXPECT_EQ(log, "write failed;");
}

TEST(sim_network, power_loss_kills_both_ends_one_way_or_the_other) {
    bool reset_seen = false;
    bool silence_seen = false;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        TwoHosts hosts(seed);
        Pair pair;
        hosts.connect(pair);
        Received at_client;
        Received at_server;
        const Deadline deadline = hosts.client.clock.deadline_in(minutes(5));
        hosts.tasks.spawn(receive_all(*pair.client, deadline, at_client));
        hosts.tasks.spawn(receive_all(*pair.server, deadline, at_server));
        hosts.world.internet.power_loss(hosts.server.life);
        hosts.world.scheduler.run_for(minutes(1));
        EXPECT_EQ(at_server.error, ErrorKind::reset);
        reset_seen = reset_seen || at_client.error == ErrorKind::reset;
        silence_seen = silence_seen || !at_client.error;
        hosts.world.scheduler.run_for(minutes(10));
        EXPECT_TRUE(at_client.error.has_value());
    }
    EXPECT_TRUE(reset_seen);
    EXPECT_TRUE(silence_seen);
}

TEST(sim_network, unix_paths_belong_to_one_host_and_wildcards_answer_for_all_its_addresses) {
    TwoHosts hosts(14);
    const auto path = hosts.server.network.listen_unix("/run/x", 0600);
    ASSERT_TRUE(path.has_value());
    EXPECT_TRUE(hosts.client.network.listen_unix("/run/x", 0600).has_value());
    EXPECT_FALSE(hosts.server.network.listen_unix("/run/x", 0600).has_value());
    const auto any = hosts.server.network.listen({base::IpAddress(), 25});
    ASSERT_TRUE(any.has_value());
    Pair pair;
    hosts.tasks.spawn(hosts.accept_one(*any, pair));
    hosts.tasks.spawn(hosts.connect_one(pair, seconds(5)));
    hosts.world.scheduler.run_for(seconds(5));
    EXPECT_TRUE(pair.server && pair.client);
    EXPECT_EQ(pair.server->peer().address, client_address);
}

}  // namespace posthouse::sim
