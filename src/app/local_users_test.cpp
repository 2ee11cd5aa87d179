#include "app/local_users.hpp"

#include <gtest/gtest.h>

namespace posthouse::app {
namespace {

bool allows(std::string_view patterns, std::string_view sender) { return sender_pattern_allows(patterns, sender, "<>", "+"); }

TEST(sender_patterns, allow_addresses_domains_the_null_sender_and_all) {
    EXPECT_TRUE(allows("*", "anybody@example.org"));
    EXPECT_TRUE(allows("*", ""));
    EXPECT_TRUE(allows("joe, joe@example.org", "Joe@Example.org"));
    EXPECT_TRUE(allows("joe joe@example.org", "joe"));
    EXPECT_TRUE(allows("@example.org", "joe@example.org"));
    EXPECT_TRUE(allows("<>", ""));
    EXPECT_TRUE(allows("joe@example.org", "joe+lists@example.org"));
}

TEST(sender_patterns, and_nothing_else) {
    EXPECT_FALSE(allows("", "joe"));
    EXPECT_FALSE(allows("joe@example.org", ""));
    EXPECT_FALSE(allows("<>", "joe@example.org"));
    EXPECT_FALSE(allows("@example.org", "joe@sub.example.org"));
    EXPECT_FALSE(allows("@example.org", "joe"));
    EXPECT_FALSE(allows("joe@example.org", "jim@example.org"));
    EXPECT_FALSE(allows("joe*", "joe@example.org")) << "special only when alone";
    EXPECT_FALSE(sender_pattern_allows("<>", "", "nobody", "+"));
    EXPECT_TRUE(sender_pattern_allows("nobody", "", "nobody", "+"));
}

}  // namespace
}  // namespace posthouse::app
