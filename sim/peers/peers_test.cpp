#include <gtest/gtest.h>

#include "sim/peers/next_hop.hpp"
#include "sim/peers/received_mail.hpp"
#include "sim/peers/smtp_client.hpp"
#include "sim/workload.hpp"

namespace posthouse::sim {
namespace {

using std::chrono::hours;

struct Story {
    std::uint64_t hash = 0;
    std::size_t finished = 0;
    std::vector<std::string> problems;
    Ledger::Totals totals;
};

/// A client that talks straight to a next hop: whatever goes wrong in between, the ledger must balance.
Story straight(std::uint64_t seed) {
    World world(seed);
    world.internet.conditions.reset_per_mille = 3;
    world.internet.conditions.stall_per_mille = 3;
    world.internet.conditions.refuse_per_mille = 50;
    world.internet.conditions.blackhole_per_mille = 10;
    Ledger ledger;
    PeerHost hop_host(world, "hop", {*base::IpAddress::parse("127.0.0.2")});
    PeerHost client_host(world, "client", {*base::IpAddress::parse("127.0.0.1")});
    NextHopSettings hop_settings;
    hop_settings.listen = {hop_host.life->addresses.front(), 25};
    hop_settings.recipient_deferred_per_mille = 100;
    hop_settings.content_deferred_per_mille = 100;
    hop_settings.break_before_reply_per_mille = 50;
    hop_settings.break_in_content_per_mille = 50;
    hop_settings.stall_per_mille = 5;
    NextHop hop(hop_host, ledger, hop_settings);
    EXPECT_TRUE(hop.start());
    SmtpClientSettings client_settings;
    client_settings.server = hop_settings.listen;
    client_settings.style = seed % 2 == 0 ? SmtpClientSettings::Style::pipelined : SmtpClientSettings::Style::lockstep;
    SmtpClient client(client_host, ledger, client_settings);
    world::TaskGroup tasks;
    tasks.spawn(client.submit_all(make_workload(world.scheduler.random(), {})));
    world.scheduler.run_until([&] { return tasks.size() == 0; }, hours(48));
    Story story;
    story.finished = client.finished();
    tasks.cancel();
    tasks.spawn(hop.stop());
    world.scheduler.run_until([&] { return tasks.size() == 0; }, hours(1));
    story.hash = world.scheduler.trace_hash();
    story.problems = ledger.problems({});
    story.totals = ledger.totals();
    return story;
}

}  // namespace

TEST(peers, client_and_next_hop_agree_over_a_bad_network) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const Story story = straight(seed);
        EXPECT_EQ(story.problems, std::vector<std::string>{}) << "seed " << seed;
        EXPECT_EQ(story.finished, 20U) << "seed " << seed;
        EXPECT_GE(story.totals.delivered, 20U);
        EXPECT_EQ(story.totals.delivered, story.totals.promises);
    }
}

TEST(received_mail, the_body_is_what_it_was_before_it_was_encoded) {
    const std::string header = "X-Sim-Key: k\r\nContent-Transfer-Encoding: ";
    EXPECT_EQ(examine(header + "quoted-printable\r\n\r\na=3Db=C3=BC =\r\nc=20\r\n\r\n.\r\n").body, "a=b\xC3\xBC c \r\n\r\n.\r\n");
    EXPECT_EQ(examine(header + "base64\r\n\r\nw7wN\r\nCg==\r\n").body, "\xC3\xBC\r\n");
    EXPECT_EQ(examine(header + "8bit\r\n\r\na=3D\r\n").body, "a=3D\r\n");
    EXPECT_FALSE(examine(header + "8bit\r\n\r\na=3D\r\n").has_eight_bit);
    EXPECT_TRUE(examine(header + "8bit\r\n\r\n\xC3\r\n").has_eight_bit);
}

TEST(peers, a_seed_tells_the_same_story_twice) {
    EXPECT_EQ(straight(5).hash, straight(5).hash);
    EXPECT_NE(straight(5).hash, straight(6).hash);
}

TEST(ledger, it_finds_lost_invented_doubled_and_changed_mail) {
    Ledger ledger;
    ledger.announce({.key = "k", .sender = "a@b", .body = "body\r\n"});
    ledger.accepted("k", "lost@x", {});
    ledger.accepted("k", "queued@x", {});
    ledger.delivered("k", "invented@x", {});
    ledger.accepted("k", "twice@x", {});
    ledger.delivered("k", "twice@x", {});
    ledger.delivered("k", "twice@x", {});
    ledger.accepted("k", "excused@x", {});
    ledger.delivered("k", "excused@x", {});
    ledger.delivered("k", "excused@x", {});
    ledger.delivery_uncertain("k", "excused@x");
    ledger.compare_body("k", "Body\r\n");
    const auto problems = ledger.problems({{"k", "queued@x"}});
    ASSERT_EQ(problems.size(), 4U);
    EXPECT_NE(problems[0].find("body changed"), std::string::npos);
    EXPECT_NE(problems[1].find("invented@x"), std::string::npos);
    EXPECT_NE(problems[2].find("lost@x"), std::string::npos);
    EXPECT_NE(problems[3].find("twice@x"), std::string::npos);
    EXPECT_FALSE(ledger.settled());
}

TEST(received_mail, a_notification_names_its_failed_recipients_and_the_original_key) {
    const ReceivedMail mail = examine(
        "From: MAILER-DAEMON\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
        "Final-Recipient: rfc822; a@x\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\nFinal-Recipient: rfc822; b@x\r\nAction: delayed\r\n\r\n"
        "--b\r\nContent-Type: message/rfc822\r\n\r\nX-Sim-Key: m7\r\n\r\n--b--\r\n");
    EXPECT_EQ(mail.key, "m7");
    EXPECT_EQ(mail.failed_recipients, std::vector<std::string>{"a@x"});
}

}  // namespace posthouse::sim
