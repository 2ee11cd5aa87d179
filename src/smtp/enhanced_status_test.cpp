#include "smtp/enhanced_status.hpp"

#include <gtest/gtest.h>

namespace posthouse::smtp {

TEST(enhanced_status, takes_the_status_in_front_of_a_text) {
    const auto [status, text] = split_status("5.7.1  Relay access denied");
    ASSERT_TRUE(status);
    EXPECT_EQ(status->text(), "5.7.1");
    EXPECT_EQ(text, "Relay access denied");
    EXPECT_EQ(split_status("4.999.0").text, "");
}

TEST(enhanced_status, leaves_other_text_alone) {
    for (const auto text :
         {"", "1.2.3 x", "3.0.0 x", "5.7 x", "5.7.1x y", "5.1234.1 x", "5.1.1.1 x", "5..1 x", "55.1.1 x", "hello"}) {
        const auto parts = split_status(text);
        EXPECT_FALSE(parts.status) << text;
        EXPECT_EQ(parts.text, text);
    }
}

}  // namespace posthouse::smtp
