#include "control/listing.hpp"

#include <gtest/gtest.h>

namespace posthouse::control {
namespace {

using mail::QueueName;

TEST(change, means_nothing_where_the_message_already_is) {
    EXPECT_FALSE(change_applies("hold", QueueName::hold, ""));
    EXPECT_TRUE(change_applies("hold", QueueName::deferred, ""));
    EXPECT_FALSE(change_applies("release", QueueName::active, ""));
    EXPECT_TRUE(change_applies("release", QueueName::hold, ""));
    EXPECT_TRUE(change_applies("delete", QueueName::active, ""));
}

TEST(change, is_confined_to_the_queues_that_are_named) {
    EXPECT_TRUE(change_applies("delete", QueueName::deferred, "hold,deferred"));
    EXPECT_FALSE(change_applies("delete", QueueName::active, "hold,deferred"));
    EXPECT_FALSE(change_applies("delete", QueueName::active, "maildrop"));
}

}  // namespace
}  // namespace posthouse::control
