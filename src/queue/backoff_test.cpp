#include "queue/backoff.hpp"

#include <gtest/gtest.h>

namespace posthouse::queue {

using namespace std::chrono_literals;

namespace {
constexpr world::WallTime arrival{std::chrono::seconds(1'750'000'000)};
}

TEST(backoff, the_pause_is_the_age_between_the_limits) {
    const BackoffLimits limits;
    EXPECT_EQ(next_delay(arrival, arrival, limits), 300s);
    EXPECT_EQ(next_delay(arrival, arrival + 299s, limits), 300s);
    EXPECT_EQ(next_delay(arrival, arrival + 1000s, limits), 1000s);
    EXPECT_EQ(next_delay(arrival, arrival + 2 * 24h, limits), 4000s);
}

TEST(backoff, a_clock_that_went_back_counts_as_no_age) { EXPECT_EQ(next_delay(arrival, arrival - 24h, {}), 300s); }

TEST(backoff, the_minimum_wins_over_a_smaller_maximum) {
    const BackoffLimits limits{.minimal_backoff_time = 600s, .maximal_backoff_time = 60s};
    EXPECT_EQ(next_delay(arrival, arrival + 24h, limits), 600s);
}

TEST(backoff, pauses_double_until_the_maximum) {
    world::WallTime now = arrival;
    std::vector<world::WallTime::duration> pauses;
    for (int attempt = 0; attempt < 6; ++attempt) {
        const world::WallTime next = next_attempt(arrival, now, {});
        pauses.push_back(next - now);
        now = next;
    }
    EXPECT_EQ(pauses, (std::vector<world::WallTime::duration>{300s, 300s, 600s, 1200s, 2400s, 4000s}));
}

TEST(backoff, the_last_attempt_is_at_the_end_of_life) {
    const auto end = arrival + 5 * 24h;
    EXPECT_EQ(next_attempt(arrival, end - 3000s, {}), end);
    EXPECT_EQ(next_attempt(arrival, end - 10s, {}), end + 290s);  // never sooner than the minimal pause
    EXPECT_FALSE(has_expired(arrival, end - 1s, {}));
    EXPECT_TRUE(has_expired(arrival, end, {}));
    EXPECT_TRUE(has_expired(arrival, arrival, {.maximal_queue_lifetime = 0s}));
}

}  // namespace posthouse::queue
