#include "receive/postscreen/client_cache.hpp"

#include <gtest/gtest.h>

namespace posthouse::receive::postscreen {

using std::chrono::seconds;

const auto one = *base::IpAddress::parse("192.0.2.1");
const auto two = *base::IpAddress::parse("2001:db8::2");
const auto three = *base::IpAddress::parse("192.0.2.3");

TestStamps until(std::int64_t when) {
    TestStamps out;
    out.expires.fill(TestStamps::not_asked);
    out[postscreen::Test::pregreet] = when;
    return out;
}

TEST(ClientCache, forgets_who_was_heard_of_longest_ago_when_it_is_full) {
    ClientCache cache(2);
    cache.update(one, until(1000));
    cache.update(two, until(1000));
    cache.update(one, until(2000));
    cache.update(three, until(1000));
    EXPECT_EQ(cache.look_up(one), until(2000));
    EXPECT_FALSE(cache.look_up(two));
    EXPECT_EQ(cache.size(), 2U);
}

TEST(ClientCache, keeps_a_client_for_a_while_after_its_results_end) {
    ClientCache cache;
    cache.update(one, until(1000));
    cache.update(two, until(5000));
    const auto early = cache.remove_expired({postscreen::Test::pregreet}, 1500, seconds(600));
    EXPECT_EQ(early.retained, 2U);
    const auto late = cache.remove_expired({postscreen::Test::pregreet}, 1601, seconds(600));
    EXPECT_EQ(late.retained, 1U);
    EXPECT_EQ(late.dropped, 1U);
    EXPECT_FALSE(cache.look_up(one));
}

TEST(ClientCache, lines_come_back_and_damaged_ones_do_not) {
    const std::string line = encode(CachedClient{two, until(77)});
    const auto back = decode_client(std::string_view(line).substr(0, line.size() - 1));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->address, two);
    EXPECT_EQ(back->stamps, until(77));
    for (const char* damaged : {"", "client", "client address=192.0.2.1", "client address=nobody stamps=1", "address name=x stamps=1", "client address=192.0.2.1 stam"}) {
        EXPECT_FALSE(decode_client(damaged)) << damaged;
    }
}

}  // namespace posthouse::receive::postscreen
