#include "queue/concurrency_window.hpp"

#include <gtest/gtest.h>

namespace posthouse::queue {

TEST(concurrency_window, grows_with_success_up_to_its_limit) {
    ConcurrencyWindow window({.initial_destination_concurrency = 2, .destination_concurrency_limit = 4});
    EXPECT_EQ(window.size(), 2U);
    for (int i = 0; i < 10; ++i) {
        window.success(window.size());
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
        window.success(window.size());
    }
    EXPECT_FALSE(window.is_dead());
}

TEST(concurrency_window, grows_no_further_than_what_runs_and_the_initial_concurrency) {
    ConcurrencyWindow window({.initial_destination_concurrency = 3, .destination_concurrency_limit = 20});
    for (int i = 0; i < 10; ++i) {
        window.success(1);
    }
    EXPECT_EQ(window.size(), 4U);
}

TEST(concurrency_window, positive_feedback_adds_up_to_whole_deliveries) {
    ConcurrencyWindow window({.initial_destination_concurrency = 3, .destination_concurrency_limit = 20, .destination_concurrency_positive_feedback = {1, Feedback::Divisor::concurrency}});
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(window.size(), 3U);
        window.success(3);
    }
    EXPECT_EQ(window.size(), 4U);
}

TEST(concurrency_window, negative_feedback_begins_at_once_and_then_adds_up) {
    ConcurrencyWindow window({.initial_destination_concurrency = 10, .destination_concurrency_failed_cohort_limit = 100, .destination_concurrency_negative_feedback = {0.5}});
    std::vector<std::size_t> sizes;
    for (int i = 0; i < 5; ++i) {
        window.failure();
        sizes.push_back(window.size());
    }
    EXPECT_EQ(sizes, (std::vector<std::size_t>{9, 9, 8, 8, 7}));
}

TEST(concurrency_window, a_cohort_limit_counts_cohorts) {
    ConcurrencyWindow window({.initial_destination_concurrency = 1, .destination_concurrency_failed_cohort_limit = 3});
    window.failure();
    window.failure();
    EXPECT_FALSE(window.is_dead());
    window.failure();
    EXPECT_TRUE(window.is_dead());
}

TEST(feedback, is_a_number_from_0_to_1_that_may_be_divided) {
    EXPECT_EQ(Feedback::parse("1"), Feedback{});
    EXPECT_EQ(Feedback::parse("0.25 / concurrency"), (Feedback{0.25, Feedback::Divisor::concurrency}));
    EXPECT_EQ(Feedback::parse("1/sqrt_concurrency"), (Feedback{1, Feedback::Divisor::sqrt_concurrency}));
    EXPECT_DOUBLE_EQ(Feedback::parse("1/sqrt_concurrency")->at(4), 0.5);
    for (const char* bad : {"", "x", "2", "-1", "nan", "1/", "1/window", "1 2", "/concurrency"}) {
        EXPECT_EQ(Feedback::parse(bad), std::nullopt) << bad;
    }
}

}  // namespace posthouse::queue
