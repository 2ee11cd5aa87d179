#include "queue/job_groups.hpp"

#include <gtest/gtest.h>

namespace posthouse::queue {

TEST(JobGroups, every_nexthop_of_a_transport_is_one_group_in_order_of_appearance) {
    JobGroups groups;
    for (int round = 0; round < 3; ++round) {
        for (std::uint32_t i = 0; i < 100; ++i) {
            groups.of(i % 2 == 0 ? "smtp" : "relay", "d" + std::to_string(i) + ".example").recipients.push_back(i);
        }
    }
    ASSERT_EQ(groups.all().size(), 100U);
    for (std::uint32_t i = 0; i < 100; ++i) {
        EXPECT_EQ(groups.all()[i].nexthop, "d" + std::to_string(i) + ".example");
        EXPECT_EQ(groups.all()[i].recipients, (std::vector<std::uint32_t>{i, i, i}));
    }
    EXPECT_EQ(&groups.of("smtp", "d0.example"), &groups.all()[0]);
    groups.of("relay", "d0.example").recipients.push_back(7);
    EXPECT_EQ(groups.all().size(), 101U);
}

}  // namespace posthouse::queue
