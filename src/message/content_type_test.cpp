#include "message/content_type.hpp"

#include <gtest/gtest.h>

namespace posthouse::message {

TEST(content_type, type_and_boundary_in_every_way_to_write_them) {
    for (const std::string_view text : {"multipart/mixed; boundary=b1", "Multipart / Mixed;boundary=\"b1\"", "multipart/mixed; charset=x; BOUNDARY = b1 ; a=b",
                                        "multipart/mixed (a ; (nested \\) one) comment); boundary=\"\\b1\" rest", "multipart/mixed; a=\"; boundary=no\"; boundary=b1"}) {
        const ContentType parsed = parse_content_type(text);
        EXPECT_TRUE(parsed.is_multipart()) << text;
        EXPECT_EQ(parsed.subtype, "mixed") << text;
        EXPECT_EQ(parsed.boundaries, std::vector<std::string>{"b1"}) << text;
    }
}

TEST(content_type, a_quoted_boundary_keeps_its_blanks_and_every_boundary_is_told) {
    EXPECT_EQ(parse_content_type("multipart/x; boundary=\"a b; c\"; boundary=d; boundary=\"\"").boundaries, (std::vector<std::string>{"a b; c", "d"}));
}

TEST(content_type, what_nobody_can_read_is_nothing) {
    for (const std::string_view text : {"", ";", "\"", "(", "; ; =", "(unended", "\"a"}) {
        EXPECT_EQ(parse_content_type(text).type, "") << text;
        EXPECT_TRUE(parse_content_type(text).boundaries.empty()) << text;
    }
}

}  // namespace posthouse::message
