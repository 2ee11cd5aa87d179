#include "smtp/hostname.hpp"

#include <gtest/gtest.h>

namespace posthouse::smtp {

TEST(hostname, accepts_names_as_postfix_does) {
    for (const auto good :
         {"example.net", "a", "exa_mple.net", "x-y.z", "1.a", "3com", "_dmarc.x", "m\xc3\xbcnchen.example"}) {
        EXPECT_TRUE(is_valid_hostname(good)) << good;
    }
    EXPECT_TRUE(is_valid_hostname(std::string(63, 'a') + ".b"));
}

TEST(hostname, refuses_impossible_names) {
    for (const auto bad : {"", ".", "a.", ".a", "a..b", "-a.b", "a-.b", "a.-b", "a b", "a@b", "1.2.3.4", "123", "a/b",
                           "\xff.x", "[127.0.0.1]", "a:b"}) {
        EXPECT_FALSE(is_valid_hostname(bad)) << bad;
    }
    EXPECT_FALSE(is_valid_hostname(std::string(64, 'a') + ".b"));
    std::string longest = "a";
    while (longest.size() <= 255) {
        longest += ".a";
    }
    EXPECT_FALSE(is_valid_hostname(longest));
}

TEST(hostname, knows_address_literals) {
    for (const auto good : {"[127.0.0.1]", "[IPv6:::1]", "[ipv6:2001:db8::1]"}) {
        EXPECT_TRUE(is_valid_hostliteral(good)) << good;
    }
    for (const auto bad :
         {"[]", "[", "127.0.0.1", "[::1]", "[IPv6:127.0.0.1]", "[300.0.0.1]", "[127.0.0.1", "[IPv6:]"}) {
        EXPECT_FALSE(is_valid_hostliteral(bad)) << bad;
    }
}

TEST(hostname, tells_utf8_from_other_bytes) {
    for (const auto good : {"", "a", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80"}) {
        EXPECT_TRUE(is_valid_utf8(good)) << good;
    }
    for (const auto bad :
         {"\xc3", "\x80", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80"}) {
        EXPECT_FALSE(is_valid_utf8(bad)) << bad;
    }
}

}  // namespace posthouse::smtp
