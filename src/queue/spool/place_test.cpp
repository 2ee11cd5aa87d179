#include "queue/spool/place.hpp"

#include <gtest/gtest.h>

#include "queue/spool/schema.hpp"

namespace posthouse::queue {

TEST(place, comes_back_from_its_bytes) {
    const Place place{.size = 3 * block_size + 5, .runs = {{7, 3}, {1ULL << 40, 1}}, .hashes = {1, 0, ~0ULL, 1ULL << 63}};
    EXPECT_EQ(decode_place(encode_place(place)), place);
    EXPECT_EQ(decode_place(encode_place({})), Place{});
}

TEST(place, blocks_lie_in_the_order_of_the_runs) {
    const Place place{.size = 4 * block_size, .runs = {{7, 2}, {3, 2}}, .hashes = {0, 0, 0, 0}};
    EXPECT_EQ(place.slot_of(0), 7U);
    EXPECT_EQ(place.slot_of(1), 8U);
    EXPECT_EQ(place.slot_of(3), 4U);
    EXPECT_EQ(place.slot_of(4), std::nullopt);
}

TEST(place, bytes_that_do_not_hold_together_are_none) {
    const Place place{.size = 2 * block_size, .runs = {{7, 2}}, .hashes = {1, 2}};
    const std::string good = encode_place(place);
    EXPECT_EQ(decode_place(""), std::nullopt);
    EXPECT_EQ(decode_place(good.substr(0, good.size() - 1)), std::nullopt);
    EXPECT_EQ(decode_place(good + '\0'), std::nullopt);
    EXPECT_EQ(decode_place(encode_place({.size = 3 * block_size, .runs = {{7, 2}}, .hashes = {1, 2}})), std::nullopt);
    EXPECT_EQ(decode_place(encode_place({.size = 2 * block_size, .runs = {{7, 2}, {9, 0}}, .hashes = {1, 2}})), std::nullopt);
    EXPECT_EQ(decode_place(encode_place({.size = 2 * block_size, .runs = {{7, 1ULL << 62}}, .hashes = {1, 2}})), std::nullopt);
}

}  // namespace posthouse::queue
