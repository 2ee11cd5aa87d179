#include "smtp/xtext.hpp"

#include <gtest/gtest.h>

namespace posthouse::smtp {

TEST(xtext, round_trips_every_byte) {
    std::string all;
    for (int c = 0; c < 256; ++c) {
        all += static_cast<char>(c);
    }
    const auto encoded = xtext_encode(all);
    EXPECT_EQ(encoded.find_first_of(" =\r\n"), std::string::npos);
    EXPECT_EQ(xtext_decode(encoded), all);
    EXPECT_EQ(xtext_encode("orig+a@old.example"), "orig+2Ba@old.example");
}

TEST(xtext, refuses_what_is_not_xtext) {
    for (const auto bad : {"+", "+2", "+2g", "+ 2", "a=b", "a b", "a\tb", "+-1", "+0x"}) {
        EXPECT_FALSE(xtext_decode(bad)) << bad;
    }
    EXPECT_EQ(xtext_decode("a+2bb"), "a+b");
}

TEST(xtext, decodes_unicode_escapes) {
    EXPECT_EQ(utf8_xtext_decode("\\x{20AC}@x"), "\xe2\x82\xac@x");
    EXPECT_EQ(utf8_xtext_decode("\\x{5C}\\x{e4}\\x{1F600}"), "\\\xc3\xa4\xf0\x9f\x98\x80");
    for (const auto bad : {"\\", "\\x{}", "\\x{D800}", "\\x{110000}", "\\x{1234567}", "\\x{12", "a+b", "\\y{12}"}) {
        EXPECT_FALSE(utf8_xtext_decode(bad)) << bad;
    }
}

TEST(xtext, only_the_one_form_of_a_character_is_utf8) {
    EXPECT_EQ(utf8_xtext_encode("\xe2\x82\xac"), "\\x{20AC}");
    for (const auto bad : {"\xc1\xbc", "\xe0\x81\xbc", "\xf0\x80\x81\xbc", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80"}) {
        EXPECT_FALSE(utf8_xtext_encode(bad)) << bad;
    }
}

}  // namespace posthouse::smtp
