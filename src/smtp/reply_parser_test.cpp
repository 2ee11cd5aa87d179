#include "smtp/reply_parser.hpp"

#include <gtest/gtest.h>

namespace posthouse::smtp {
namespace {

using Progress = ReplyParser::Progress;

RemoteReply parse(const std::vector<std::string>& lines, ReplyParser::Garbage garbage = ReplyParser::Garbage::skip) {
    ReplyParser parser(garbage);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        EXPECT_EQ(parser.feed(lines[i]), i + 1 < lines.size() ? Progress::need_more : Progress::complete) << lines[i];
    }
    return parser.take();
}

}  // namespace

TEST(reply_parser, reads_one_line) {
    const auto reply = parse({"550 5.1.1 no such user here"});
    EXPECT_EQ(reply.code, 550);
    EXPECT_EQ(reply.status, (EnhancedStatus{5, 1, 1}));
    EXPECT_EQ(reply.text_joined(), "550 5.1.1 no such user here");
    EXPECT_EQ(reply.line_text(0), "5.1.1 no such user here");
    EXPECT_EQ(reply.line_text(1), "");
}

TEST(reply_parser, joins_lines_with_their_codes) {
    const auto reply = parse({"552-5.2.2 mailbox", "552 5.2.2 full"});
    EXPECT_EQ(reply.text_joined(), "552-5.2.2 mailbox 552 5.2.2 full");
    EXPECT_EQ(reply.status, (EnhancedStatus{5, 2, 2}));
    EXPECT_EQ(reply.raw_lines.size(), 2U);
}

TEST(reply_parser, forgives_missing_text_and_odd_bytes) {
    EXPECT_EQ(parse({"250"}).code, 250);
    EXPECT_EQ(parse({"250 "}).code, 250);
    EXPECT_EQ(parse({"250-", "250"}).code, 250);
    EXPECT_EQ(parse({"550 a\x01"
                     "b"})
                  .text_joined(),
              "550 a?b");
    EXPECT_EQ(parse({"450 x"}).status_or_default().text(), "4.0.0");
}

TEST(reply_parser, distrusts_a_status_of_another_class) {
    EXPECT_FALSE(parse({"550 2.0.0 fine"}).status);
    EXPECT_EQ(parse({"550 2.0.0 fine"}).status_or_default().text(), "5.0.0");
}

TEST(reply_parser, skips_garbage_unless_it_would_lose_step_with_pipelined_commands) {
    const auto reply = parse({"hello", "25", "2500 x", "", "250 ok"});
    EXPECT_EQ(reply.code, 250);
    EXPECT_EQ(reply.raw_lines.size(), 5U);
    ReplyParser strict(ReplyParser::Garbage::malformed);
    EXPECT_EQ(strict.feed("hello"), Progress::malformed);
}

TEST(reply_parser, bounds_lines_and_text) {
    ReplyParser parser;
    const std::string line = "250-" + std::string(5000, 'x');
    for (std::size_t i = 0; i < ReplyParser::line_count_max; ++i) {
        ASSERT_EQ(parser.feed(line), Progress::need_more);
    }
    EXPECT_EQ(parser.feed(line), Progress::malformed);
    const auto reply = parser.take();
    EXPECT_LE(reply.text_joined().size(), ReplyParser::text_length_max + reply.raw_lines.size());
    EXPECT_EQ(parser.feed("250 ok"), Progress::complete);
    EXPECT_EQ(parser.take().text_joined(), "250 ok");
}

TEST(reply_parser, keeps_lines_until_there_is_as_much_as_one_line_may_have) {
    const std::string almost = "550-" + std::string(ReplyParser::line_length_max - 5, 'x');
    const std::string full = "550-" + std::string(ReplyParser::line_length_max, 'y');
    const auto reply = parse({almost, full, "550-dropped", "550 5.1.1 the end"});
    EXPECT_EQ(reply.raw_lines, (std::vector<std::string>{almost, full.substr(0, ReplyParser::line_length_max)}));
    EXPECT_LE(reply.raw_lines[0].size() + reply.raw_lines[1].size(), ReplyParser::text_length_max);
    EXPECT_EQ(reply.status, (EnhancedStatus{5, 1, 1}));  // read all the same
}

TEST(reply_parser, cuts_a_long_line_between_characters) {
    const std::string start = "550 " + std::string(ReplyParser::line_length_max - 5, 'x');
    EXPECT_EQ(parse({start + "\u00e9 and more"}).raw_lines, std::vector<std::string>{start});
}

}  // namespace posthouse::smtp
