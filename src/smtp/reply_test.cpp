#include "smtp/reply.hpp"

#include <gtest/gtest.h>

namespace posthouse::smtp {

TEST(reply, has_code_and_status_on_each_line) {
    EXPECT_EQ(Reply::make(550, "5.1.1 no such user").wire(), "550 5.1.1 no such user\r\n");
    EXPECT_EQ(Reply::make(250, "mta.example.test").wire(), "250 mta.example.test\r\n");
    const Reply reply{552, EnhancedStatus{5, 2, 2}, {"mailbox", "full"}};
    EXPECT_EQ(reply.wire(), "552-5.2.2 mailbox\r\n552 5.2.2 full\r\n");
    EXPECT_EQ(reply.text(), "552 5.2.2 mailbox full");
    EXPECT_EQ(Reply::multi_line(250, {"mta", "PIPELINING", "DSN"}).wire(), "250-mta\r\n250-PIPELINING\r\n250 DSN\r\n");
    EXPECT_EQ((Reply{354, std::nullopt, {}}).wire(), "354 \r\n");
}

TEST(reply, never_lets_text_start_another_line) {
    EXPECT_EQ(Reply::make(550, "a\r\n250 ok").wire(), "550 a  250 ok\r\n");
}

}  // namespace posthouse::smtp
