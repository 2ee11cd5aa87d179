#include "queue/filter_route.hpp"

#include <gtest/gtest.h>

namespace posthouse::queue {

TEST(FilterRoute, a_filter_takes_the_message_wherever_its_recipient_is) {
    const mail::Route route = filter_route("scan:[127.0.0.1]:10025", "A@One.example", "mx.example");
    EXPECT_EQ(route.state, mail::Route::State::found);
    EXPECT_EQ(route.transport, "scan");
    EXPECT_EQ(route.nexthop, "[127.0.0.1]:10025");
    EXPECT_EQ(route.recipient, "A@One.example");
}

TEST(FilterRoute, without_a_nexthop_the_recipients_domain_is_one) {
    EXPECT_EQ(filter_route("scan:", "A@One.example", "mx.example").nexthop, "one.example");
    EXPECT_EQ(filter_route("scan", "A@One.example", "mx.example").transport, "scan");
    EXPECT_EQ(filter_route("scan:", "root", "mx.example").nexthop, "mx.example");
}

}  // namespace posthouse::queue
