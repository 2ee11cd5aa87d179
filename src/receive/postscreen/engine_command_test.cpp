#include "receive/postscreen/engine_command.hpp"

#include <gtest/gtest.h>

namespace posthouse::receive::postscreen {

TEST(EngineCommand, lines_end_in_lf_with_or_without_cr) {
    std::string input = "one\r\ntwo\n\nrest";
    EXPECT_EQ(take_line(input)->text, "one");
    const auto second = take_line(input);
    EXPECT_EQ(second->text, "two");
    EXPECT_TRUE(second->bare_newline);
    EXPECT_EQ(take_line(input)->text, "");
    EXPECT_FALSE(take_line(input));
    EXPECT_EQ(input, "rest");
    EXPECT_FALSE(is_line_too_long("12345\r\nsomething else", 5));
    EXPECT_FALSE(is_line_too_long("12345\r", 5));
    EXPECT_TRUE(is_line_too_long("123456", 5));
}

TEST(EngineCommand, knows_what_postscreen_knows) {
    EXPECT_EQ(read_command("mail FROM:<a>").name, "MAIL");
    EXPECT_EQ(read_command("AUTH PLAIN").name, "AUTH");
    EXPECT_EQ(read_command("AUTH PLAIN").verb, smtp::Verb::unknown);
    EXPECT_TRUE(read_command("AUTH PLAIN").is_known);
    EXPECT_EQ(read_command("EXPN x").name, "UNIMPLEMENTED");
    EXPECT_FALSE(read_command("").is_known);
}

TEST(EngineCommand, finds_the_address_in_whatever_is_there) {
    EXPECT_EQ(address_after_colon("FROM:<a@b> SIZE=1"), "a@b");
    EXPECT_EQ(address_after_colon("FROM: a@b SIZE=1"), "a@b");
    EXPECT_EQ(address_after_colon("FROM:<@x,@y:a@b>"), "a@b");
    EXPECT_EQ(address_after_colon("FROM:<\"a b\"@c>"), "a b@c");
    EXPECT_EQ(address_after_colon("FROM:<a\\>b@c>"), "a>b@c");
    EXPECT_EQ(address_after_colon("FROM:<>"), "");
    EXPECT_EQ(address_after_colon("FROM:<unclosed\\"), "unclosed");
    EXPECT_FALSE(address_after_colon("a@b"));
}

}  // namespace posthouse::receive::postscreen
