#include "message/address_list.hpp"

#include <gtest/gtest.h>

namespace posthouse::message {
namespace {
using Texts = std::vector<std::string>;
}

TEST(address_list, reads_what_people_write) {
    const std::vector<std::pair<std::string, Texts>> cases{
        {"a@example.org", {"a@example.org"}},
        {" a@example.org ,b@example.org,, c ", {"a@example.org", "b@example.org", "c"}},
        {"Some One <a@example.org>, \"Two, Jr.\" <b@example.org>", {"a@example.org", "b@example.org"}},
        {"J. P. Doe <j.p.doe@example.org>", {"j.p.doe@example.org"}},
        {"a@example.org (comment, (nested) \\) x), b@(c)example.org", {"a@example.org", "b@example.org"}},
        {"friends: a@example.org, B <b@example.org>; , c@example.org",
         {"a@example.org", "b@example.org", "c@example.org"}},
        {"undisclosed-recipients:;", {}},
        {"\"x y\"@example.net, \"a\\\"b\"@example.net", {"x y@example.net", "a\"b@example.net"}},
        {"<@a.example,@b.example:user@example.org>", {"user@example.org"}},
        {"a . b @ example . org", {"a.b@example.org"}},
        {"A <a@example.org> B <b@example.org>", {"a@example.org", "b@example.org"}},
        {"Name\r\n <a@example.org>,\r\n\tb@example.org\r\n", {"a@example.org", "b@example.org"}},
        {"x@[127.0.0.1], y@[IPv6:::1]", {"x@[127.0.0.1]", "y@[IPv6:::1]"}},
        {"Nobody <>", {}},
        {"a@example.org b@example.org\tc", {"a@example.org", "b@example.org", "c"}},
        {"<a@example.org> b@example.org \"x y\"@example.net", {"a@example.org", "b@example.org", "x y@example.net"}},
        {"one two <a@example.org>", {"a@example.org"}},
        {"old friends: a@example.org b@example.org;", {"a@example.org", "b@example.org"}},
        {"", {}},
    };
    for (const auto& [value, addresses] : cases) {
        const auto list = parse_address_list(value);
        EXPECT_EQ(list.texts(), addresses) << value;
        EXPECT_TRUE(list.is_well_formed) << value;
    }
}

TEST(address_list, leaves_out_what_is_malformed_and_reads_on) {
    const std::vector<std::pair<std::string, Texts>> cases{
        {"a@example.org @, b@example.org", {"b@example.org"}},
        {"<a b@example.org>, b@example.org", {"b@example.org"}},
        {"<a,b@example.org>, c@example.org", {"c@example.org"}},
        {"@example.org, a@, b@example.org", {"b@example.org"}},
        {"a@example.org>, b@example.org", {"a@example.org", "b@example.org"}},
        {"<a@example.org", {}},
        {"a@example.org (open", {"a@example.org"}},
        {"\"a\x01\"@example.org, b@example.org", {"b@example.org"}},
    };
    for (const auto& [value, addresses] : cases) {
        const auto list = parse_address_list(value);
        EXPECT_EQ(list.texts(), addresses) << value;
        EXPECT_FALSE(list.is_well_formed) << value;
    }
}

TEST(address_list, says_where_each_address_stands) {
    const std::string value = "A <a@example.org>, b@example.org (c)";
    const auto list = parse_address_list(value);
    ASSERT_EQ(list.addresses.size(), 2U);
    for (const auto& entry : list.addresses) {
        EXPECT_EQ(value.substr(entry.begin, entry.end - entry.begin), entry.address);
    }
}

TEST(address_list, is_bounded) {
    const auto list = parse_address_list("a,b,c", 2);
    EXPECT_EQ(list.texts(), (Texts{"a", "b"}));
    EXPECT_FALSE(list.is_complete);
    EXPECT_TRUE(parse_address_list("a,b", 2).is_complete);
}

}  // namespace posthouse::message
