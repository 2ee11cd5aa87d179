#include "queue/concurrency_window.hpp"

#include <gtest/gtest.h>

namespace posthouse::queue {

TEST(concurrency_window, grows_with_success_up_to_its_limit) {
    ConcurrencyWindow window({.initial_destination_concurrency = 2, .destination_concurrency_limit = 4});
    EXPECT_EQ(window.size(), 2U);
    for (int i = 0; i < 10; ++i) {
        window.success();
    }
    EXPECT_EQ(window.size(), 4U);
}

TEST(concurrency_window, a_whole_cohort_of_failures_kills_it_and_revival_starts_small) {
    ConcurrencyWindow window({.initial_destination_concurrency = 2, .destination_concurrency_limit = 20});
    window.failure();
    EXPECT_FALSE(window.is_dead());
    window.failure();
    EXPECT_TRUE(window.is_dead());
    window.revive();
    EXPECT_EQ(window.size(), 2U);
}

TEST(concurrency_window, one_success_forgives_earlier_failures) {
    ConcurrencyWindow window({.initial_destination_concurrency = 5, .destination_concurrency_limit = 20});
    for (int i = 0; i < 100; ++i) {
        window.failure();
        window.success();
    }
    EXPECT_FALSE(window.is_dead());
}

}  // namespace posthouse::queue
