#include "receive/policy/reply.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace posthouse::receive {
namespace {

using State = PolicyReply::State;

State feed(PolicyReply& reply, const std::vector<std::string>& lines) {
    State state = State::incomplete;
    for (const std::string& line : lines) {
        EXPECT_EQ(state, State::incomplete);
        state = reply.feed(line);
    }
    return state;
}

TEST(PolicyReply, is_complete_with_the_empty_line) {
    PolicyReply reply;
    EXPECT_EQ(feed(reply, {"action=REJECT go=away"}), State::incomplete);
    EXPECT_EQ(feed(reply, {""}), State::complete);
    EXPECT_EQ(reply.action(), "REJECT go=away");
}

TEST(PolicyReply, reads_over_other_attributes_and_takes_the_first_action) {
    PolicyReply reply;
    EXPECT_EQ(feed(reply, {"score=7", "action=DUNNO", "action=REJECT", ""}), State::complete);
    EXPECT_EQ(reply.action(), "DUNNO");
}

TEST(PolicyReply, may_have_an_empty_action) {
    PolicyReply reply;
    EXPECT_EQ(feed(reply, {"action=", ""}), State::complete);
    EXPECT_EQ(reply.action(), "");
}

TEST(PolicyReply, without_an_action_is_malformed) {
    PolicyReply reply;
    EXPECT_EQ(feed(reply, {"score=7", ""}), State::malformed);
    EXPECT_EQ(reply.problem(), "missing attribute action in the reply");
}

TEST(PolicyReply, needs_a_name_and_a_value_on_each_line) {
    for (const std::string line : {"REJECT", "=REJECT"}) {
        PolicyReply reply;
        EXPECT_EQ(feed(reply, {line}), State::malformed) << line;
    }
}

TEST(PolicyReply, is_bounded) {
    PolicyReply many;
    EXPECT_EQ(feed(many, std::vector<std::string>(PolicyReply::lines_max, "x=y")), State::incomplete);
    EXPECT_EQ(feed(many, {"x=y"}), State::malformed);
    PolicyReply longer;
    EXPECT_EQ(feed(longer, {"action=" + std::string(PolicyReply::line_max, 'x')}), State::malformed);
}

TEST(PolicyReply, carries_no_control_bytes_into_an_smtp_reply) {
    PolicyReply reply;
    EXPECT_EQ(feed(reply, {"action=REJECT a\rb", ""}), State::complete);
    EXPECT_EQ(reply.action(), "REJECT a?b");
}

}  // namespace
}  // namespace posthouse::receive
