#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <numeric>

#include "net/listen_source.hpp"
#include "net/real_core_test.hpp"

namespace posthouse::net {
namespace {

using namespace std::chrono_literals;
using world::Deadline;
using world::Stream;
using world::Task;
using StreamResult = base::Result<std::unique_ptr<Stream>>;

const base::Endpoint any_port{*base::IpAddress::parse("127.0.0.1"), 0};

struct Pair {
    std::unique_ptr<Stream> client, server;
};

TEST(listening_endpoint, is_told_of_sockets_that_listen_and_of_nothing_else) {
    const auto listening = open_listen_socket(any_port);
    ASSERT_TRUE(listening);
    const auto endpoint = listening_endpoint(*listening);
    ASSERT_TRUE(endpoint);
    EXPECT_EQ(endpoint->address, any_port.address);
    EXPECT_NE(endpoint->port, 0);
    const int idle = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_FALSE(listening_endpoint(idle));
    EXPECT_FALSE(listening_endpoint(-1));
    ::close(idle);
    ::close(*listening);
}

class Network : public RealCoreTest {
protected:
    Task<void> connected_pair(Pair& pair) {
        auto socket = core().network.listen(any_port);
        auto listener = core().network.share(*socket);
        StreamResult client = co_await core().network.connect((*socket)->local(), std::nullopt, soon());
        StreamResult server = co_await (*listener)->accept();
        pair.client = std::move(*client);
        pair.server = std::move(*server);
    }
    Task<void> echo(Stream& stream, std::size_t total) {
        std::array<char, 10'000> buffer{};
        for (std::size_t done = 0; done < total;) {
            const base::Result<std::size_t> count = co_await stream.read_some(buffer, soon());
            if (!count || *count == 0) {
                co_return;
            }
            done += *count;
            const base::Result<void> written = co_await stream.write_all({buffer.data(), *count}, soon());
            EXPECT_TRUE(written.has_value());
        }
    }
    Task<void> send(Stream& stream, std::string text) {
        const base::Result<void> written = co_await stream.write_all(text, soon());
        EXPECT_TRUE(written.has_value());
    }
    Task<void> receive(Stream& stream, std::size_t total, std::string& into) {
        std::array<char, 7'000> buffer{};
        while (into.size() < total) {
            const base::Result<std::size_t> count = co_await stream.read_some(buffer, soon());
            if (!count || *count == 0) {
                co_return;
            }
            into.append(buffer.data(), *count);
        }
    }

    Task<void> echoes_much() {
        Pair pair;
        co_await connected_pair(pair);
        EXPECT_EQ(pair.client->peer(), pair.server->local());
        EXPECT_EQ(pair.client->local(), pair.server->peer());
        std::string text(3'000'000, 'x');
        std::iota(text.begin(), text.end(), '\0');
        side().spawn(echo(*pair.server, text.size()));
        side().spawn(send(*pair.client, text));
        std::string back;
        co_await receive(*pair.client, text.size(), back);
        EXPECT_TRUE(back == text);
        co_await side_done(pair);
    }
    Task<void> side_done(Pair& pair) {
        co_await pair.client->shutdown(soon());
        std::array<char, 10> buffer{};
        const base::Result<std::size_t> end = co_await pair.server->read_some(buffer, soon());
        EXPECT_EQ(end.value_or(1), 0U);
    }
    Task<void> reads_until_deadline() {
        Pair pair;
        co_await connected_pair(pair);
        std::array<char, 10> buffer{};
        const auto before = core().clock.now();
        const base::Result<std::size_t> late =
            co_await pair.server->read_some(buffer, core().clock.deadline_in(20ms));
        EXPECT_EQ(late.error().kind, base::ErrorKind::timeout);
        EXPECT_EQ(late.error().text, "Connection timed out");
        EXPECT_GE(core().clock.now() - before, 20ms);
        EXPECT_FALSE(pair.server->readable_now());
        // the timer of the first wait is over; an earlier and a later one work too
        side().spawn(write_later(*pair.client, 30ms));
        const base::Result<std::size_t> count = co_await pair.server->read_some(buffer, soon());
        EXPECT_EQ(count.value_or(0), 1U);
        const base::Result<std::size_t> again =
            co_await pair.server->read_some(buffer, core().clock.deadline_in(10ms));
        EXPECT_EQ(again.error().kind, base::ErrorKind::timeout);
    }
    Task<void> write_later(Stream& stream, world::Duration pause) {
        co_await core().clock.sleep_for(pause);
        co_await send(stream, "x");
    }
    Task<void> writes_until_deadline() {
        Pair pair;
        co_await connected_pair(pair);
        const std::string much(20'000'000, 'x');
        const base::Result<void> stuck = co_await pair.client->write_all(much, core().clock.deadline_in(20ms));
        EXPECT_EQ(stuck.error().kind, base::ErrorKind::timeout);
    }
    Task<void> busy_peer_times_out() {
        Pair pair;
        co_await connected_pair(pair);
        const std::string some(1'000, 'x');
        co_await send(*pair.client, some);
        char byte = 0;
        const Deadline past = Deadline::at(core().clock.now());
        base::Result<std::size_t> count = 1U;
        for (int i = 0; i < 200 && count; ++i) {
            count = co_await pair.server->read_some({&byte, 1}, past);
        }
        EXPECT_EQ(count.error().kind, base::ErrorKind::timeout);
    }
    Task<void> cancels_reads() {
        Pair pair;
        co_await connected_pair(pair);
        std::string text;
        {
            world::TaskGroup group;
            group.spawn(receive(*pair.server, 1, text));
            EXPECT_EQ(group.size(), 1U);
            group.cancel();
            EXPECT_EQ(group.size(), 0U);
        }
        co_await send(*pair.client, "still usable");
        co_await receive(*pair.server, 12, text);
        EXPECT_EQ(text, "still usable");
    }
    Task<void> cancels_accept_and_sleep() {
        auto socket = core().network.listen(any_port);
        auto listener = core().network.share(*socket);
        world::TaskGroup group;
        group.spawn(accept_forever(**listener));
        group.spawn(core().clock.sleep_until(world::SteadyTime::max()));
        group.spawn(core().clock.sleep_for(1h));
        EXPECT_EQ(group.size(), 3U);
        co_await group.stop();
    }
    Task<void> accept_forever(world::Listener& listener) {
        for (;;) {
            StreamResult stream = co_await listener.accept();
            EXPECT_TRUE(stream.has_value());
        }
    }
    Task<void> refuses() {
        base::Endpoint closed;
        {
            auto socket = core().network.listen(any_port);
            closed = (*socket)->local();
        }
        StreamResult stream = co_await core().network.connect(closed, closed.address, soon());
        EXPECT_EQ(stream.error().kind, base::ErrorKind::refused);
        EXPECT_EQ(stream.error().text, "Connection refused");
        auto first = core().network.listen(any_port);
        auto second = core().network.listen((*first)->local());
        EXPECT_EQ(second.error().text, "listen on " + (*first)->local().text() + ": Address already in use");
    }
    Task<void> unix_sockets() {
        std::string directory = "/tmp/posthouse_net_test_XXXXXX";
        EXPECT_NE(::mkdtemp(directory.data()), nullptr);
        const std::string path = directory + "/socket";
        {
            auto socket = core().network.listen_unix(path, 0600);
            struct stat found {};
            ::stat(path.c_str(), &found);
            EXPECT_EQ(found.st_mode & 0777, 0600U);
            EXPECT_FALSE(core().network.listen_unix(path, 0600).has_value());
            auto listener = core().network.share(*socket);
            StreamResult client = co_await core().network.connect_unix(path, soon());
            // the probe of the second listen() came first
            StreamResult probe = co_await (*listener)->accept();
            StreamResult server = co_await (*listener)->accept();
            co_await send(**client, "hello");
            std::string text;
            co_await receive(**server, 5, text);
            EXPECT_EQ(text, "hello");
            EXPECT_EQ((*client)->peer(), base::Endpoint{});
        }
        StreamResult gone = co_await core().network.connect_unix(path, soon());
        EXPECT_EQ(gone.error().kind, base::ErrorKind::not_found);
        ::rmdir(directory.c_str());
    }
    Task<void> reset_by_peer() {
        Pair pair;
        co_await connected_pair(pair);
        co_await send(*pair.client, "unread");
        std::string text;
        co_await receive(*pair.server, 1, text);
        co_await send(*pair.client, "unread");
        pair.server.reset();
        const std::string much(5'000'000, 'x');
        const base::Result<void> broken = co_await pair.client->write_all(much, soon());
        EXPECT_EQ(broken.error().kind, base::ErrorKind::reset);
        EXPECT_TRUE(pair.client->readable_now());
    }
};

TEST_F(Network, echoes_more_than_the_buffers_hold) { run(echoes_much()); }
TEST_F(Network, a_read_ends_at_its_deadline) { run(reads_until_deadline()); }
TEST_F(Network, a_write_ends_at_its_deadline) { run(writes_until_deadline()); }
TEST_F(Network, a_peer_that_is_never_silent_times_out_too) { run(busy_peer_times_out()); }
TEST_F(Network, a_cancelled_read_leaves_the_stream_usable) { run(cancels_reads()); }
TEST_F(Network, accept_and_sleep_can_be_cancelled) { run(cancels_accept_and_sleep()); }
TEST_F(Network, says_why_it_cannot_connect_or_listen) { run(refuses()); }
TEST_F(Network, unix_sockets_have_their_mode_and_vanish_at_the_end) { run(unix_sockets()); }
TEST_F(Network, a_broken_connection_is_an_error_not_a_signal) { run(reset_by_peer()); }

TEST(cores, work_posted_from_any_thread_runs_in_order_on_its_core) {
    const auto cores = make_cores(2);
    std::vector<int> seen;
    cores->start();
    for (int i = 0; i < 100; ++i) {
        cores->core(1).executor.post([&seen, i] { seen.push_back(i); });
    }
    cores->core(1).executor.post([&] { cores->core(0).executor.post([&] { cores->stop(); }); });
    cores->run();
    cores->join();
    EXPECT_EQ(seen.size(), 100U);
    EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
    EXPECT_NE(cores->core(0).random.next(), cores->core(1).random.next());
}

TEST(cores, signals_arrive_on_the_first_core) {
    const auto cores = make_cores(1);
    int seen = 0;
    cores->on_signal({SIGUSR2}, [&](int number) {
        seen = number;
        cores->stop();
    });
    cores->core(0).executor.post([] { std::raise(SIGUSR2); });
    cores->run();
    EXPECT_EQ(seen, SIGUSR2);
}

}  // namespace
}  // namespace posthouse::net
