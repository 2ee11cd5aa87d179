#include "deliver/smtp/nexthop.hpp"

#include <gtest/gtest.h>

namespace posthouse::deliver {

TEST(nexthop, every_form_of_transport_tables) {
    using enum Nexthop::Lookup;
    const struct {
        std::string text, host;
        std::uint16_t port;
        Nexthop::Lookup lookup;
    } cases[] = {
        {"example.net", "example.net", 25, mx},
        {"Example.NET:587", "example.net", 587, mx},
        {"example.net:submission", "example.net", 587, mx},
        {"[relay.example]", "relay.example", 25, host},
        {"[relay.example]:smtps", "relay.example", 465, host},
        {"[127.0.0.1]:2525", "127.0.0.1", 2525, host},
        {"[::1]:2525", "::1", 2525, host},
        {"[IPv6:::1]", "::1", 25, host},
    };
    for (const auto& c : cases) {
        const auto nexthop = parse_nexthop(c.text, 25);
        ASSERT_TRUE(nexthop) << c.text;
        EXPECT_EQ(*nexthop, (Nexthop{c.text, c.host, c.port, c.lookup})) << c.text;
    }
}

TEST(nexthop, refuses_what_it_cannot_read) {
    for (const std::string text :
         {"", "[]", "[a", "[a]x", "[a]:", "a:", ":25", "a:0", "a:65536", "a:nonsense", "a:-1"}) {
        EXPECT_FALSE(parse_nexthop(text, 25)) << text;
    }
}

TEST(nexthop, several_are_tried_in_order) {
    EXPECT_EQ(split_nexthops("[a]:1, b\tc"), (std::vector<std::string>{"[a]:1", "b", "c"}));
}

}  // namespace posthouse::deliver
