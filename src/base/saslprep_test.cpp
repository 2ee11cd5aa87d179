#include "base/saslprep.hpp"

#include <gtest/gtest.h>

namespace posthouse::base {

// RFC 4013 section 3, and what it rests on.
TEST(Saslprep, maps_what_looks_alike_to_one_text) {
    EXPECT_EQ(saslprep("I\xc2\xadX"), "IX");
    EXPECT_EQ(saslprep("user"), "user");
    EXPECT_EQ(saslprep("USER"), "USER");
    EXPECT_EQ(saslprep("\xc2\xaa"), "a");
    EXPECT_EQ(saslprep("\xe2\x85\xa8"), "IX");
    EXPECT_EQ(saslprep("a\xc2\xa0" "b\xe3\x80\x80" "c"), "a b c");
    EXPECT_EQ(saslprep("e\xcc\x81"), "\xc3\xa9");
    EXPECT_EQ(saslprep("\xc2\xad"), "");
    EXPECT_EQ(saslprep(""), "");
}

TEST(Saslprep, refuses_what_must_not_be_in_a_name) {
    EXPECT_FALSE(saslprep("\x07"));
    EXPECT_FALSE(saslprep(std::string_view("a\0b", 3)));
    EXPECT_FALSE(saslprep("\xc3\xa9\x7f"));
    EXPECT_FALSE(saslprep("\xee\x80\x80"));          // private use
    EXPECT_FALSE(saslprep("\xef\xbf\xbd\xc3\xa9"));  // the replacement character
    EXPECT_FALSE(saslprep("\xf0\x9f\xbf\xbf"));      // U+1FFFF
    EXPECT_FALSE(saslprep("\xff"));
}

TEST(Saslprep, text_that_runs_to_the_left_does_so_from_end_to_end) {
    EXPECT_FALSE(saslprep("\xd8\xa7\x31"));
    EXPECT_EQ(saslprep("\xd8\xa7\x31\xd8\xa8"), "\xd8\xa7\x31\xd8\xa8");
    EXPECT_FALSE(saslprep("\xd8\xa7" "a\xd8\xa8"));
}

}  // namespace posthouse::base
