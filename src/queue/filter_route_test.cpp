#include "queue/filter_route.hpp"

#include <gtest/gtest.h>

namespace posthouse::queue {

namespace {
const QueueSettings settings{.myhostname = "mx.example"};
}  // namespace

TEST(FilterRoute, a_filter_takes_the_message_wherever_its_recipient_is) {
    const mail::Route route = filter_route("scan:[127.0.0.1]:10025", "A@One.example", settings);
    EXPECT_EQ(route.state, mail::Route::State::found);
    EXPECT_EQ(route.transport, "scan");
    EXPECT_EQ(route.nexthop, "[127.0.0.1]:10025");
    EXPECT_EQ(route.recipient, "A@One.example");
}

TEST(FilterRoute, without_a_nexthop_the_recipients_domain_is_one) {
    EXPECT_EQ(filter_route("scan:", "A@One.example", settings).nexthop, "one.example");
    EXPECT_EQ(filter_route("scan", "A@One.example", settings).transport, "scan");
    EXPECT_EQ(filter_route("scan:", "root", settings).nexthop, "mx.example");
}

TEST(FilterRoute, default_filter_nexthop_goes_before_the_recipients_domain) {
    QueueSettings with_default = settings;
    with_default.default_filter_nexthop = "scanner.example";
    EXPECT_EQ(filter_route("scan:", "A@One.example", with_default).nexthop, "scanner.example");
    EXPECT_EQ(filter_route("scan", "A@One.example", with_default).nexthop, "scanner.example");
    EXPECT_EQ(filter_route("scan:[::1]:9", "A@One.example", with_default).nexthop, "[::1]:9");
}

}  // namespace posthouse::queue
