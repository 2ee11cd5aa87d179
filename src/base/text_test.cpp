#include "base/text.hpp"

#include <gtest/gtest.h>

namespace posthouse::base {

TEST(text, undoes_c_like_escapes) {
    EXPECT_EQ(unescape("\\t\\40!\\\\\\101x\\7"), "\t !\\Ax\a");
    EXPECT_EQ(unescape(R"(\0\377\q\)"), std::string("\0\377q\\", 4));
}

TEST(text, escapes_what_is_no_printable_ascii) {
    EXPECT_EQ(escape("EHLO x\r\n\t\\\"\a"), R"(EHLO x\r\n\t\\"\a)");
    EXPECT_EQ(escape(std::string_view("\0" "7\x1b\x7f\xff", 5)), R"(\0007\033\177\377)");
    EXPECT_EQ(unescape(escape("\x1b" "1\\n\n")), "\x1b" "1\\n\n");
}

TEST(text, what_a_terminal_would_obey_is_not_printable) {
    EXPECT_EQ(printable("a\x1b[2Jb\r\n\x7f"), "a?[2Jb???");
    EXPECT_EQ(printable("j\u00f6rg \U0001f600"), "j\u00f6rg \U0001f600");
    EXPECT_EQ(printable("q\x9b" "31m"), "q?31m");         // CSI as one byte
    EXPECT_EQ(printable("q\u009b" "31m"), "q??31m");      // and as UTF-8
    EXPECT_EQ(printable("\xc3"), "?");
    EXPECT_EQ(printable("\xed\xa0\x80"), "???");
    EXPECT_EQ(printable("j\u00f6", NonAscii::replace), "j??");
}

TEST(text, splits_words_and_keeps_braced_groups_together) {
    EXPECT_EQ(split_words(" a, b ,c", ", "), (std::vector<std::string_view>{"a", "b", "c"}));
    EXPECT_EQ(split_braced("a { b, {c d} }, e"), (std::vector<std::string_view>{"a", "{ b, {c d} }", "e"}));
    EXPECT_EQ(split_fields("a,,b", ','), (std::vector<std::string_view>{"a", "", "b"}));
}

TEST(text, base64_round_trips_and_refuses_what_is_malformed) {
    for (const std::string& text : std::vector<std::string>{"", "f", "fo", "foo", "foob", "fooba", "foobar", std::string("\0user\0pass", 10)}) {
        EXPECT_EQ(base64_decode(base64_encode(text)), text);
    }
    EXPECT_EQ(base64_encode("foob"), "Zm9vYg==");
    for (const auto bad : {"Zg=", "Z", "!!!!", "Zg==Zg==", "=g==", "Zm9v ", "Zg=a"}) {
        EXPECT_FALSE(base64_decode(bad)) << bad;
    }
}

TEST(text, is_cut_between_characters) {
    EXPECT_EQ(cut("abc", 3), "abc");
    EXPECT_EQ(cut("abc", 2), "ab");
    EXPECT_EQ(cut("abc", 0), "");
    EXPECT_EQ(cut("a\u00e9b", 3), "a\u00e9");
    EXPECT_EQ(cut("a\u00e9b", 2), "a");
    const std::string smile = "a\U0001f600b";
    for (const std::size_t inside : {2U, 3U, 4U}) {
        EXPECT_EQ(cut(smile, inside), "a") << inside;
    }
    EXPECT_EQ(cut(smile, 5), "a\U0001f600");
    EXPECT_EQ(cut(std::string(10, '\x80'), 7), std::string(7, '\x80'));  // no UTF-8
}

TEST(text, numbers_are_whole_and_bounded) {
    EXPECT_EQ(parse_number("18446744073709551615"), 18446744073709551615ULL);
    for (const auto bad : {"", " 1", "1 ", "-1", "+1", "18446744073709551616", "0x10"}) {
        EXPECT_FALSE(parse_number(bad)) << bad;
    }
}

TEST(text, appends_parts_and_numbers) {
    std::string out = "a";
    append_all(out, {"b", "", std::string(100, 'c'), "d"});
    EXPECT_EQ(out, "ab" + std::string(100, 'c') + "d");
    out.clear();
    append_number(out, 0);
    append_number(out, 7, 3);
    append_number(out, 1234, 2);
    append_number(out, 18446744073709551615ULL);
    EXPECT_EQ(out, "0007123418446744073709551615");
}

}  // namespace posthouse::base
