#include "receive/client_limits.hpp"

#include <gtest/gtest.h>

namespace posthouse::receive {

using std::chrono::seconds;
using Event = ClientLimits::Event;

namespace {
const base::IpAddress alice = *base::IpAddress::parse("192.0.2.1");
const base::IpAddress bob = *base::IpAddress::parse("192.0.2.2");
world::SteadyTime at(int second) { return world::SteadyTime{} + seconds(second); }
}  // namespace

TEST(client_limits, counts_each_kind_of_event_by_client_and_time_unit) {
    ClientLimits limits(seconds(60));
    EXPECT_EQ(limits.counted(alice, Event::auth, at(0)), 0U);
    EXPECT_EQ(limits.count(alice, Event::auth, at(1)), 1U);
    EXPECT_EQ(limits.count(alice, Event::auth, at(2)), 2U);
    EXPECT_EQ(limits.count(alice, Event::new_tls_session, at(2)), 1U);
    EXPECT_EQ(limits.count(bob, Event::auth, at(2)), 1U);
    EXPECT_EQ(limits.counted(alice, Event::auth, at(3)), 2U);
    EXPECT_EQ(limits.counted(alice, Event::auth, at(61)), 0U) << "the time unit is over";
    EXPECT_EQ(limits.count(alice, Event::auth, at(61)), 1U);
}

TEST(client_limits, counts_refusals_by_client_and_time_unit) {
    ClientLimits limits(seconds(60));
    EXPECT_EQ(limits.refused(alice, at(1)), 1U);
    EXPECT_EQ(limits.refused(alice, at(2)), 2U);
    EXPECT_EQ(limits.refused(bob, at(2)), 1U);
    EXPECT_EQ(limits.refused(alice, at(61)), 1U) << "the time unit is over";
}

TEST(client_limits, remembers_the_peaks_until_they_are_taken) {
    ClientLimits limits(seconds(60));
    limits.connected(alice, at(1));
    limits.connected(alice, at(2));
    limits.disconnected(alice);
    limits.connected(bob, at(3));
    limits.count(bob, Event::recipient, at(4));
    const auto stamp = [](world::SteadyTime when) { return std::to_string(when.time_since_epoch() / seconds{1}); };
    const auto peaks = limits.take_peaks();
    EXPECT_EQ(peak_lines(peaks, "smtp", limits.time_unit(), stamp),
              (std::vector<std::string>{"statistics: max connection rate 2/60s for (smtp:192.0.2.1) at 2", "statistics: max recipient rate 1/60s for (smtp:192.0.2.2) at 4",
                                        "statistics: max connection count 2 for (smtp:192.0.2.1) at 2", "statistics: max cache size 2 at 3"}));
    EXPECT_TRUE(peak_lines(limits.take_peaks(), "smtp", limits.time_unit(), stamp).empty());
}

}  // namespace posthouse::receive
