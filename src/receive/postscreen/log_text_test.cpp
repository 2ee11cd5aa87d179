#include "receive/postscreen/log_text.hpp"

#include <gtest/gtest.h>

namespace posthouse::receive::postscreen {

TEST(LogText, shows_what_cannot_be_printed) {
    EXPECT_EQ(escaped("EHLO x\r\n\t\\", 100), "EHLO x\\r\\n\\t\\\\");
    EXPECT_EQ(escaped("\x01z\xff", 100), "\\001z\\377");
    EXPECT_EQ(escaped("abc", 2), "ab");
}

}  // namespace posthouse::receive::postscreen
