#include "receive/postscreen/test_stamps.hpp"

#include <gtest/gtest.h>

namespace posthouse::receive::postscreen {

TEST(TestStamps, come_back_from_the_file_and_old_or_damaged_ones_were_not_asked_for) {
    TestStamps stamps;
    stamps[postscreen::Test::pregreet] = 1'700'000'000;
    stamps[postscreen::Test::bare_newline] = 5;
    EXPECT_EQ(encode(stamps), "1700000000;0;0;0;5");
    EXPECT_EQ(decode_stamps(encode(stamps)), stamps);
    EXPECT_EQ(encode(decode_stamps("12;x;99999999999999999999")), "12;1;1;1;1");
    EXPECT_EQ(encode(decode_stamps("1;2;3;4;5;6;7")), "1;2;3;4;5");
}

TEST(TestStamps, a_test_that_is_switched_on_later_makes_nobody_new) {
    TestStamps stamps;
    stamps[postscreen::Test::pregreet] = 100;
    EXPECT_TRUE(stamps.is_new());
    const TestStamps kept = stamps.kept({postscreen::Test::pregreet});
    EXPECT_FALSE(kept.is_new());
    EXPECT_TRUE(kept.due({postscreen::Test::pregreet}, 100).empty());
    EXPECT_EQ(kept.due({postscreen::Test::pregreet, postscreen::Test::dnsbl}, 100), TestSet{postscreen::Test::dnsbl});
    EXPECT_EQ(kept.due({postscreen::Test::pregreet}, 101), TestSet{postscreen::Test::pregreet});
}

}  // namespace posthouse::receive::postscreen
