#include "smtp/extensions.hpp"

#include <gtest/gtest.h>

namespace posthouse::smtp {
namespace {

RemoteReply ehlo_reply() {
    return {
        250,
        std::nullopt,
        {"250-DSN.example greets", "250-PIPELINING", "250-size 1000", "250-AUTH PLAIN login", "250-AUTH=LOGIN CRAM-MD5",
         "250-8BITMIME", "250-CHUNKING", "250-XFORWARD NAME addr", "250-X-UNKNOWN", "250 StartTLS"}};
}

}  // namespace

TEST(extensions, reads_what_a_server_offers) {
    const auto offered = parse_extensions(ehlo_reply());
    EXPECT_TRUE(offered.pipelining && offered.size && offered.auth && offered.eightbitmime && offered.chunking &&
                offered.starttls);
    EXPECT_FALSE(offered.dsn || offered.smtputf8 || offered.enhancedstatuscodes);
    EXPECT_EQ(offered.size_limit, 1000U);
    EXPECT_EQ(offered.auth_mechanisms, (std::vector<std::string>{"PLAIN", "LOGIN", "CRAM-MD5"}));
    EXPECT_EQ(offered.xforward, (std::vector<std::string>{"NAME", "ADDR"}));
}

TEST(extensions, hides_discarded_ones) {
    const auto discard = parse_ehlo_keywords("starttls, AUTH chunking,silent-discard");
    ASSERT_TRUE(discard);
    EXPECT_TRUE(discard->has(EhloKeyword::silent_discard));
    const auto offered = parse_extensions(ehlo_reply(), *discard);
    EXPECT_FALSE(offered.starttls || offered.auth || offered.chunking);
    EXPECT_TRUE(offered.auth_mechanisms.empty());
    EXPECT_TRUE(offered.pipelining);
}

TEST(extensions, names_the_unknown_keyword) {
    EXPECT_EQ(parse_ehlo_keywords("dsn, foo, bar").error(), "foo");
    EXPECT_EQ(parse_ehlo_keywords(""), EhloKeywords{});
}

TEST(extensions, ignores_a_size_that_is_no_number) {
    const auto offered = parse_extensions({250, std::nullopt, {"250-x", "250 SIZE many"}});
    EXPECT_TRUE(offered.size);
    EXPECT_EQ(offered.size_limit, 0U);
}

}  // namespace posthouse::smtp
