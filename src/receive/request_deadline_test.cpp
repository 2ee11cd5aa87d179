#include "receive/request_deadline.hpp"

#include <gtest/gtest.h>

namespace posthouse::receive {

using std::chrono::seconds;
using Scope = RequestDeadline::Scope;

namespace {
world::SteadyTime at(int second) { return world::SteadyTime{} + seconds(second); }
}  // namespace

TEST(request_deadline, gives_each_wait_the_whole_time_if_it_is_not_per_request) {
    RequestDeadline deadline(seconds(300), Scope::each_wait);
    EXPECT_EQ(deadline.wait(at(0)).time(), at(300));
    deadline.waited(at(299), 1, 500);
    EXPECT_EQ(deadline.wait(at(299)).time(), at(599));
}

TEST(request_deadline, counts_what_was_waited_and_nothing_else) {
    RequestDeadline deadline(seconds(300), Scope::request);
    EXPECT_EQ(deadline.wait(at(0)).time(), at(300));
    deadline.waited(at(100));
    EXPECT_EQ(deadline.wait(at(150)).time(), at(350)) << "the 50 seconds were ours";
    deadline.waited(at(350));
    EXPECT_EQ(deadline.wait(at(400)).time(), at(400));
    deadline.begin();
    EXPECT_EQ(deadline.wait(at(400)).time(), at(700));
}

TEST(request_deadline, earns_time_by_mail_data_but_never_more_than_the_whole) {
    RequestDeadline deadline(seconds(300), Scope::request);
    static_cast<void>(deadline.wait(at(0)));
    deadline.waited(at(200), 5000, 500);
    EXPECT_EQ(deadline.wait(at(200)).time(), at(200 + 110));
    deadline.waited(at(210), 10'000'000, 500);
    EXPECT_EQ(deadline.wait(at(210)).time(), at(510));
    deadline.waited(at(310), ~std::uint64_t{0}, 1);
    EXPECT_EQ(deadline.wait(at(310)).time(), at(610));
}

}  // namespace posthouse::receive
