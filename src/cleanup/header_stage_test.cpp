#include "cleanup/header_stage.hpp"

#include <gtest/gtest.h>

namespace posthouse::cleanup {

TEST(HeaderStage, notes_what_the_header_says_of_the_body) {
    const CleanupSettings settings;
    std::string out;
    HeaderStage eight(settings);
    eight.feed("Content-Transfer-Encoding:\r\n 8BIT\r\n\r\n", out);
    EXPECT_TRUE(eight.says_8bit());
    HeaderStage other(settings);
    other.feed("Content-Transfer-Encoding: base64\r\n\r\nContent-Transfer-Encoding: 8bit\r\n", out);
    EXPECT_FALSE(other.says_8bit());
}

TEST(HeaderStage, looks_for_international_fields_only_if_asked) {
    const CleanupSettings settings;
    std::string out;
    HeaderStage asked(settings);
    asked.look_for_utf8();
    asked.feed("Subject: gr\xc3\xb6\xc3\x9f" "e\r\n\r\n", out);
    EXPECT_TRUE(asked.is_international());
    HeaderStage body_only(settings);
    body_only.look_for_utf8();
    body_only.feed("Subject: x\r\n\r\ngr\xc3\xb6\xc3\x9f" "e\r\n", out);
    EXPECT_FALSE(body_only.is_international());
    HeaderStage not_asked(settings);
    not_asked.feed("Subject: gr\xc3\xb6\xc3\x9f" "e\r\n\r\n", out);
    EXPECT_FALSE(not_asked.is_international());
}

}  // namespace posthouse::cleanup
