#include "queue/spool/free_slots.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace posthouse::queue {

using Runs = std::vector<SlotRun>;

TEST(free_slots, the_lowest_are_taken_first_and_holes_before_the_end) {
    FreeSlots slots;
    EXPECT_EQ(slots.take(4), (Runs{{0, 4}}));
    EXPECT_EQ(slots.take(2), (Runs{{4, 2}}));
    slots.give_back({1, 2});
    EXPECT_EQ(slots.take(3), (Runs{{1, 2}, {6, 1}}));
    EXPECT_EQ(slots.end(), 7U);
}

TEST(free_slots, what_is_given_back_joins_its_neighbours_and_the_end_moves_back) {
    FreeSlots slots;
    EXPECT_EQ(slots.take(10), (Runs{{0, 10}}));
    slots.give_back({2, 2});
    slots.give_back({6, 2});
    slots.give_back({4, 2});
    EXPECT_EQ(slots.take(6), (Runs{{2, 6}}));
    slots.give_back({2, 6});
    slots.give_back({8, 2});
    EXPECT_EQ(slots.end(), 2U);
    EXPECT_EQ(slots.take(1), (Runs{{2, 1}}));
}

TEST(free_slots, those_in_use_at_the_start_may_come_in_any_order_but_once) {
    FreeSlots slots;
    EXPECT_TRUE(slots.occupy({5, 2}));
    EXPECT_TRUE(slots.occupy({1, 2}));
    EXPECT_FALSE(slots.occupy({2, 1}));
    EXPECT_FALSE(slots.occupy({4, 2}));
    EXPECT_FALSE(slots.occupy({0, 2}));
    EXPECT_EQ(slots.end(), 7U);
    EXPECT_EQ(slots.take(4), (Runs{{0, 1}, {3, 2}, {7, 1}}));
}

TEST(free_slots, no_slot_is_ever_handed_out_twice) {
    std::mt19937 random(1);
    FreeSlots slots;
    std::vector<Runs> held;
    std::set<std::uint64_t> used;
    for (int i = 0; i < 5000; ++i) {
        if (held.empty() || random() % 2 == 0) {
            held.push_back(slots.take(1 + random() % 20));
            for (const SlotRun& run : held.back()) {
                for (std::uint64_t slot = run.first; slot < run.first + run.count; ++slot) {
                    EXPECT_TRUE(used.insert(slot).second);
                }
            }
        } else {
            const std::size_t chosen = random() % held.size();
            for (const SlotRun& run : held[chosen]) {
                slots.give_back(run);
                for (std::uint64_t slot = run.first; slot < run.first + run.count; ++slot) {
                    used.erase(slot);
                }
            }
            held.erase(held.begin() + static_cast<std::ptrdiff_t>(chosen));
        }
        ASSERT_EQ(slots.end(), used.empty() ? 0 : *used.rbegin() + 1);
    }
}

}  // namespace posthouse::queue
