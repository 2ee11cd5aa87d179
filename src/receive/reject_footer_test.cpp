#include "receive/reject_footer.hpp"

#include <gtest/gtest.h>

namespace posthouse::receive {

namespace {

const FooterFacts facts{"192.0.2.1", "1025", "Jan  4 15:42:00", "mx.example.net"};

std::string footed(std::string_view footer, const ExpansionFilter& filter = {}) {
    smtp::Reply reply = smtp::Reply::make(550, "5.1.1 no such user");
    return append_footer(reply, footer, facts, filter) ? reply.wire() : "unchanged: " + reply.wire();
}

}  // namespace

TEST(reject_footer, is_a_line_of_its_own_with_code_and_status) { EXPECT_EQ(footed("call us"), "550-5.1.1 no such user\r\n550 5.1.1 call us\r\n"); }

TEST(reject_footer, continues_the_reply_and_has_further_lines_if_it_says_so) {
    EXPECT_EQ(footed("\\c. Call us\\nor write"), "550-5.1.1 no such user. Call us\r\n550 5.1.1 or write\r\n");
    EXPECT_EQ(footed("a\\nb"), "550-5.1.1 no such user\r\n550-5.1.1 a\r\n550 5.1.1 b\r\n");
    EXPECT_EQ(footed("\\c"), "550 5.1.1 no such user\r\n");
}

TEST(reject_footer, names_the_session_and_nothing_else) {
    EXPECT_EQ(footed("\\c ($client_address:${client_port} $localtime $server_name)"), "550 5.1.1 no such user (192.0.2.1:1025 Jan  4 15:42:00 mx.example.net)\r\n");
    EXPECT_EQ(footed("$sender"), "unchanged: 550 5.1.1 no such user\r\n");
    EXPECT_EQ(footed("first\\n${client_address"), "unchanged: 550 5.1.1 no such user\r\n");
}

TEST(reject_footer, censors_what_smtpd_expansion_filter_does_not_allow) {
    EXPECT_EQ(footed("\\c [$client_address]", ExpansionFilter("0129")), "550 5.1.1 no such user [192_0_2_1]\r\n");
    EXPECT_EQ(footed("\\c [$client_address]", ExpansionFilter("\\56\\060129")), "550 5.1.1 no such user [192.0.2.1]\r\n");
}

}  // namespace posthouse::receive
