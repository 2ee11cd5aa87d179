#include "control/socket_path.hpp"

#include <gtest/gtest.h>

namespace posthouse::control {
namespace {

TEST(socket_path, stays_below_the_length_that_the_kernel_takes) {
    EXPECT_EQ(socket_path("/var/spool/postfix", Door::everyone), "/var/spool/postfix/public/posthouse");
    EXPECT_EQ(socket_path("/var/spool/postfix", Door::administrator), "/var/spool/postfix/private/posthouse");
    const std::string deep = "/" + std::string(120, 'd');
    EXPECT_LE(socket_path(deep, Door::everyone).size(), 107U);
    EXPECT_NE(socket_path(deep, Door::everyone), socket_path(deep + "x", Door::everyone));
}

}  // namespace
}  // namespace posthouse::control
