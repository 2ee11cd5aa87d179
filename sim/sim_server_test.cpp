// What the scenarios found once, told as short stories of their own.
#include "sim/sim_server.hpp"

#include <gtest/gtest.h>

#include "sim/peers/next_hop.hpp"
#include "sim/peers/smtp_client.hpp"
#include "sim/workload.hpp"

namespace posthouse::sim {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// One client, one server, one next hop that takes everything.
class SmallWorld {
public:
    explicit SmallWorld(std::uint64_t seed, const std::string& more_main_cf = "")
        : world(seed), server(world, {.address = *base::IpAddress::parse("10.0.0.1"), .main_cf = main_cf + more_main_cf, .master_cf = master_cf}) {
        NextHopSettings settings;
        settings.listen = {hop_host.life->addresses.front(), 25};
        hop = std::make_unique<NextHop>(hop_host, ledger, settings);
        EXPECT_TRUE(hop->start());
        EXPECT_TRUE(server.start());
    }
    ~SmallWorld() {
        if (server.running()) {
            server.stop();
        }
        tasks.cancel();
        tasks.spawn(hop->stop());
        EXPECT_TRUE(world.scheduler.run_until([this] { return tasks.size() == 0; }, hours{1}));
        EXPECT_EQ(server.problems(), std::vector<std::string>{});
    }
    void hand_in(std::size_t messages) {
        WorkloadSettings work;
        work.messages = messages;
        work.recipients_max = 1;
        tasks.spawn(client.submit_all(make_workload(world.scheduler.random(), work)));
    }
    bool run_until(const std::function<bool()>& condition, Duration limit) { return world.scheduler.run_until(condition, limit); }

    World world;
    Ledger ledger;
    PeerHost hop_host{world, "hop", {*base::IpAddress::parse("10.0.0.2")}};
    PeerHost client_host{world, "client", {*base::IpAddress::parse("10.0.1.1")}};
    SmtpClient client{client_host, ledger, {.server = {*base::IpAddress::parse("10.0.0.1"), 25}}};
    std::unique_ptr<NextHop> hop;
    SimServer server;
    world::TaskGroup tasks;

private:
    static constexpr const char* main_cf =
        "compatibility_level = 3.6\nmyhostname = mx.sim.example\nmydestination =\nalias_maps =\nlocal_recipient_maps =\nmynetworks = 10.0.1.0/24\ninet_protocols = ipv4\n"
        "queue_directory = /var/spool/postfix\nrelayhost = [10.0.0.2]\nmaillog_file = /dev/stdout\n";
    static constexpr const char* master_cf = "smtp inet n - n - - smtpd\nsmtp unix - - n - - smtp\nretry unix - - n - - error\nerror unix - - n - - error\n";
};

}  // namespace

TEST(sim_server, a_message_passes_through_and_leaves_nothing_behind) {
    SmallWorld small(1);
    small.hand_in(5);
    EXPECT_TRUE(small.run_until([&] { return small.ledger.totals().delivered == 5; }, minutes{5}));
    small.world.scheduler.run_for(seconds{1});
    small.server.stop();
    EXPECT_EQ(small.server.inspect_spool(), std::vector<std::string>{});
    EXPECT_EQ(small.ledger.problems({}), std::vector<std::string>{});
}

TEST(sim_server, discarded_mail_is_nowhere_whenever_the_power_goes) {
    for (std::uint64_t moment = 50; moment < 110; ++moment) {
        SmallWorld small(3, "smtpd_sender_restrictions = check_sender_access static:DISCARD\n");
        small.hand_in(1);
        small.world.scheduler.run_for(moment * milliseconds{2});
        small.server.machine().power_loss();
        small.server.stop();
        EXPECT_TRUE(small.server.start());
        EXPECT_TRUE(small.run_until([&] { return small.client.finished() == 1; }, hours{1}));
        EXPECT_TRUE(small.server.stored().value().empty()) << moment;
    }
}

TEST(sim_server, a_process_limit_of_one_session_per_core_lets_one_client_after_the_other_in) {
    SmallWorld small(2, "default_process_limit = 2\n");
    small.hand_in(10);
    EXPECT_TRUE(small.run_until([&] { return small.client.finished() == 10; }, minutes{5}));
}

TEST(sim_server, what_is_delivered_while_the_server_stops_is_not_delivered_again) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        SmallWorld small(seed);
        small.hand_in(3);
        small.world.scheduler.run_for(seed * milliseconds{15} + milliseconds{300});
        small.server.stop();
        EXPECT_TRUE(small.server.start());
        EXPECT_TRUE(small.run_until([&] { return small.ledger.totals().delivered == 3; }, hours{1}));
        EXPECT_EQ(small.ledger.problems({}), std::vector<std::string>{}) << "seed " << seed;
    }
}

TEST(sim_server, what_was_delivered_while_the_disk_was_full_is_written_down_when_the_server_stops) {
    SmallWorld small(4);
    small.server.events().expect("cannot update the spool");
    small.hand_in(1);
    EXPECT_TRUE(small.run_until([&] { return small.ledger.totals().accepted == 1; }, minutes{1}));
    small.server.machine().disk().set_faults({.capacity = 0});
    EXPECT_TRUE(small.run_until([&] { return small.ledger.totals().delivered == 1; }, minutes{1}));
    small.world.scheduler.run_for(seconds{2});
    small.server.machine().disk().set_faults({});
    small.server.stop();
    EXPECT_TRUE(small.server.start());
    small.world.scheduler.run_for(hours{2});
    EXPECT_EQ(small.hop->messages(), 1U);
}

}  // namespace posthouse::sim
