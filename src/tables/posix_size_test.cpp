#include "tables/posix_size.hpp"

#include <gtest/gtest.h>

#include <string>

using namespace posthouse::tables;

namespace {

std::uint64_t extended(std::string_view pattern) { return posix_size(pattern, PosixSyntax::extended); }
std::uint64_t basic(std::string_view pattern) { return posix_size(pattern, PosixSyntax::basic); }

}  // namespace

TEST(posix_size, counts_characters_and_bracket_expressions) {
    EXPECT_EQ(extended("abc"), 3U);
    EXPECT_EQ(extended("^Subject: [^]a-z[:digit:]]x"), 12U);
    EXPECT_EQ(extended("a\\+\\{3}"), 5U);
    EXPECT_EQ(extended("[a"), 1U);
    EXPECT_EQ(extended(""), 0U);
}

TEST(posix_size, repetitions_count_once_for_each_copy) {
    EXPECT_EQ(extended("a*b?"), 2U);
    EXPECT_EQ(extended("a+"), 2U);
    EXPECT_EQ(extended("a{3}"), 3U);
    EXPECT_EQ(extended("a{2,5}b"), 6U);
    EXPECT_EQ(extended("a{2,}"), 3U);
    EXPECT_EQ(extended("a{,4}"), 4U);
    EXPECT_EQ(extended("(ab|c){3}"), 12U);
    EXPECT_EQ(extended("[0-9]{1,3}\\.[0-9]{1,3}"), 7U);
}

TEST(posix_size, an_empty_group_is_repeated_like_any_other) {
    EXPECT_EQ(extended("()"), 1U);
    EXPECT_EQ(extended("()+"), 16U);
    EXPECT_LT(extended("^()+++"), posix_size_max);
    EXPECT_GT(extended("^()++++"), posix_size_max);
    EXPECT_GT(extended("^(a*|b)++++"), posix_size_max);
    EXPECT_GT(extended("^(b|a?)++++"), posix_size_max);
    EXPECT_EQ(extended("^(ab|c)++++"), 1U + 4U * 16U);
    EXPECT_EQ(extended("^(a*b)++++"), 1U + 2U * 16U);
    EXPECT_GT(basic("\\(\\)\\{99\\}\\{99\\}"), posix_size_max);
}

TEST(posix_size, braces_that_are_no_interval_are_characters) {
    EXPECT_EQ(extended("a{x}"), 4U);
    EXPECT_EQ(extended("a{"), 2U);
}

TEST(posix_size, basic_syntax_has_its_words_behind_backslashes) {
    EXPECT_EQ(basic("a+(b){3}"), 8U);
    EXPECT_EQ(basic("\\(ab\\)\\{3\\}c*"), 7U);
    EXPECT_EQ(basic("a\\+"), 2U);
}

TEST(posix_size, repetitions_of_repetitions_end_at_the_bound) {
    EXPECT_EQ(extended("a" + std::string(80, '+')), posix_size_max + 1);
    EXPECT_EQ(extended("((a{99}){99}){99}"), posix_size_max + 1);
    EXPECT_EQ(extended("a{99999999999999999999999}"), posix_size_max + 1);
    EXPECT_EQ(extended(std::string(100, '(') + "a"), 1U);
}
