#include "config/logical_lines.hpp"

#include <gtest/gtest.h>

namespace posthouse::config {

TEST(LogicalLines, joins_lines_that_start_with_white_space) {
    Findings findings;
    const auto lines = logical_lines("a = 1\n  2\n\t3\nb = 4\n", "main.cf", findings);
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0].text, "a = 1  2\t3");
    EXPECT_EQ(lines[0].line, 1);
    EXPECT_EQ(lines[1].text, "b = 4");
    EXPECT_EQ(lines[1].line, 4);
    EXPECT_EQ(lines[1].file, "main.cf");
    EXPECT_TRUE(findings.empty());
}

TEST(LogicalLines, comments_and_empty_lines_do_not_end_a_logical_line) {
    Findings findings;
    const auto lines = logical_lines("# top\n\na = 1,\n# middle\n  # indented\n   \n\n 2\n", "f", findings);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].text, "a = 1, 2");
    EXPECT_EQ(lines[0].line, 3);
}

TEST(LogicalLines, hash_after_text_is_part_of_the_line) {
    Findings findings;
    const auto lines = logical_lines("a = 1 # not a comment", "f", findings);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].text, "a = 1 # not a comment");
}

TEST(LogicalLines, takes_crlf_and_a_missing_last_line_end) {
    Findings findings;
    const auto lines = logical_lines("a = 1\r\n b\r\nc = 2", "f", findings);
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0].text, "a = 1 b");
    EXPECT_EQ(lines[1].text, "c = 2");
}

TEST(LogicalLines, warns_of_a_continuation_without_a_beginning) {
    Findings findings;
    const auto lines = logical_lines("  lost\na = 1\n", "f", findings);
    EXPECT_EQ(lines.size(), 1U);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(to_text(findings[0]), "f:1: warning: logical line must not start with whitespace: \"lost\"");
}

TEST(LogicalLines, know_where_each_piece_was_written) {
    Findings findings;
    const auto lines = logical_lines("smtp inet\n# comment\n  -o a=1\n\n  -o b=2\n", "master.cf", findings);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].line_at(0), 1);
    EXPECT_EQ(lines[0].line_at(lines[0].text.find("a=1")), 3);
    EXPECT_EQ(lines[0].line_at(lines[0].text.find("b=2")), 5);
}

}  // namespace posthouse::config
