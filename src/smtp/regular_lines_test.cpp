#include "smtp/regular_lines.hpp"

#include <gtest/gtest.h>

#include <string>

namespace posthouse::smtp {
namespace {

std::string lines(std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) {
        out += std::string(i % 90, 'x') + "\r\n";
    }
    return out;
}

TEST(RegularLines, ordinary_text_is_regular_nearly_to_its_end) {
    const std::string text = lines(200);
    const std::size_t n = regular_prefix(text);
    EXPECT_LT(n, text.size());
    EXPECT_GE(n + 65, text.size());
}

TEST(RegularLines, short_texts_are_never_judged) {
    EXPECT_EQ(regular_prefix(""), 0U);
    EXPECT_EQ(regular_prefix(std::string(64, 'x')), 0U);
    EXPECT_EQ(regular_prefix(std::string(65, 'x')), 64U);
}

// Each kind of trouble, at every place: the prefix ends at or before it.
TEST(RegularLines, trouble_is_found_wherever_it_stands) {
    for (const std::string trouble : {"\n", "\r", "\r\n.", "\n.", "\r\r\n", "\n\r"}) {
        for (std::size_t at = 1; at < 200; ++at) {
            std::string text(300, 'x');
            text.replace(at, trouble.size(), trouble);
            EXPECT_LE(regular_prefix(text), at + trouble.size() - 1) << at;
        }
    }
}

TEST(RegularLines, pairs_and_dots_inside_lines_are_no_trouble) {
    for (const std::string harmless : {"\r\n", "..", "x.", ".\r\n", "\r\n\r\n"}) {
        for (std::size_t at = 1; at < 200; ++at) {
            std::string text(300, 'x');
            text.replace(at, harmless.size(), harmless);
            EXPECT_GE(regular_prefix(text), 235U) << at;
        }
    }
}

TEST(RegularLines, a_line_feed_or_a_dot_at_the_front_is_the_callers_affair) {
    EXPECT_EQ(regular_prefix("\n" + std::string(100, 'x')), 64U);
    EXPECT_EQ(regular_prefix("." + std::string(100, 'x')), 64U);
}

}  // namespace
}  // namespace posthouse::smtp
