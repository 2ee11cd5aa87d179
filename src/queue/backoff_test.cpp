#include "queue/backoff.hpp"

#include <gtest/gtest.h>

namespace posthouse::queue {

using namespace std::chrono_literals;

TEST(backoff, waits_as_long_as_the_message_is_old_between_the_two_limits) {
    const QueueSettings settings;
    const world::WallTime arrival{std::chrono::days{20000}};
    EXPECT_EQ(next_attempt(arrival, arrival + 1s, settings), arrival + 1s + 300s);
    EXPECT_EQ(next_attempt(arrival, arrival + 1000s, settings), arrival + 2000s);
    EXPECT_EQ(next_attempt(arrival, arrival + 24h, settings), arrival + 24h + 4000s);
}

TEST(backoff, gives_up_at_the_lifetime_of_its_kind) {
    const QueueSettings settings{.maximal_queue_lifetime = 5h, .bounce_queue_lifetime = 1h};
    const world::WallTime arrival{std::chrono::days{20000}};
    EXPECT_FALSE(is_expired(arrival, arrival + 5h - 1s, SenderKind::ordinary, settings));
    EXPECT_TRUE(is_expired(arrival, arrival + 5h, SenderKind::ordinary, settings));
    EXPECT_TRUE(is_expired(arrival, arrival + 1h, SenderKind::null_reverse_path, settings));
}

}  // namespace posthouse::queue
