#include "base/ip_address.hpp"

#include <gtest/gtest.h>

namespace posthouse::base {

TEST(ip_address, knows_the_network_it_is_in) {
    const auto network = [](std::string_view text, unsigned prefix) { return IpAddress::parse(text)->network(prefix).text(); };
    EXPECT_EQ(network("192.0.2.255", 24), "192.0.2.0");
    EXPECT_EQ(network("192.0.2.255", 27), "192.0.2.224");
    EXPECT_EQ(network("192.0.2.255", 32), "192.0.2.255");
    EXPECT_EQ(network("192.0.2.255", 0), "0.0.0.0");
    EXPECT_EQ(network("2001:db8::ffff:1", 84), "2001:db8::");
    EXPECT_EQ(network("2001:db8::1", 128), "2001:db8::1");
}

TEST(ip_address, parses_and_prints_both_families) {
    EXPECT_EQ(IpAddress::parse("10.0.0.1")->text(), "10.0.0.1");
    EXPECT_EQ(IpAddress::parse("255.255.255.255")->text(), "255.255.255.255");
    EXPECT_EQ(IpAddress::parse("2001:DB8::1")->text(), "2001:db8::1");
    EXPECT_EQ(IpAddress::parse("::ffff:10.0.0.1")->text(), "10.0.0.1");
    for (const auto bad : {"", "10.0.0", "[::1]", "10.0.0.1/8", "10.0.0.1 ", "a"}) {
        EXPECT_FALSE(IpAddress::parse(bad)) << bad;
    }
}

TEST(ip_address, one_that_nobody_knows_equals_none_and_is_nowhere) {
    const IpAddress nobody = IpAddress::unknown();
    EXPECT_EQ(nobody.text(), "unknown");
    EXPECT_FALSE(nobody.is_known() || nobody.is_v4() || nobody.is_v6() || nobody.is_loopback());
    EXPECT_EQ(nobody.reverse_name(), "");
    for (const auto any : {"0.0.0.0", "::"}) {
        EXPECT_NE(nobody, *IpAddress::parse(any));
        EXPECT_FALSE(nobody.in_network(*IpAddress::parse(any), 0));
    }
    EXPECT_FALSE(nobody.in_network(nobody, 0));
    EXPECT_EQ(nobody.network(24), nobody);
}

TEST(ip_address, networks_and_reverse_names) {
    const auto net = *IpAddress::parse("192.168.128.0");
    EXPECT_TRUE(IpAddress::parse("192.168.255.1")->in_network(net, 17));
    EXPECT_FALSE(IpAddress::parse("192.168.127.1")->in_network(net, 17));
    EXPECT_FALSE(IpAddress::parse("::1")->in_network(net, 0));
    EXPECT_TRUE(IpAddress::parse("1.2.3.4")->in_network(net, 0));
    EXPECT_EQ(IpAddress::parse("1.2.3.4")->reverse_name(), "4.3.2.1.in-addr.arpa");
    EXPECT_TRUE(IpAddress::parse("::1")->reverse_name().starts_with("1.0.0.0."));
}

}  // namespace posthouse::base
