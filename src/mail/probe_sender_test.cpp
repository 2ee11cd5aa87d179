#include "mail/probe_sender.hpp"

#include <gtest/gtest.h>

namespace posthouse::mail {
namespace {

world::WallTime at(std::int64_t seconds) { return world::WallTime(std::chrono::seconds(seconds)); }

}  // namespace

TEST(probe_sender, stays_as_it_is_without_a_ttl) {
    const ProbeSender sender{"double-bounce@here.example"};
    EXPECT_EQ(sender.at(at(1'000'000)), "double-bounce@here.example");
    EXPECT_TRUE(sender.matches("Double-Bounce@HERE.example", at(5)));
    EXPECT_FALSE(sender.matches("double-bounceX@here.example", at(5)));
    EXPECT_FALSE(sender.matches("double-bounce@there.example", at(5)));
    EXPECT_FALSE(sender.matches("double-bounce", at(5)));
    EXPECT_FALSE(sender.matches("", at(5)));
}

TEST(probe_sender, changes_with_the_time_and_is_known_one_ttl_before_and_after) {
    const ProbeSender sender{"probe@here.example", std::chrono::seconds(1000)};
    const std::string now = sender.at(at(1'000'000));
    EXPECT_EQ(now, "probe118@here.example");  // 1000 in base 31 is 1, 1, 8
    EXPECT_EQ(sender.at(at(1'000'999)), now);
    EXPECT_NE(sender.at(at(1'001'000)), now);
    EXPECT_TRUE(sender.matches(now, at(999'000)));
    EXPECT_TRUE(sender.matches(now, at(1'001'999)));
    EXPECT_FALSE(sender.matches(now, at(1'002'000)));
    EXPECT_FALSE(sender.matches(now, at(998'999)));
    EXPECT_FALSE(sender.matches("probe@here.example", at(1'000'000)));
    EXPECT_FALSE(sender.matches("probeAEIOU@here.example", at(1'000'000)));
    EXPECT_FALSE(sender.matches("probeZZZZZZZZZZZZZZZZZZZZ@here.example", at(1'000'000)));
}

TEST(probe_sender, the_null_reverse_path_has_no_time) {
    const ProbeSender sender{probe_sender_address(" <> "), std::chrono::seconds(1000)};
    EXPECT_EQ(sender.at(at(1'000'000)), "");
    EXPECT_TRUE(sender.matches("", at(1'000'000)));
    EXPECT_FALSE(sender.matches("x@here.example", at(1'000'000)));
}

}  // namespace posthouse::mail
