#include "sim/sim_files.hpp"

#include <gtest/gtest.h>

namespace posthouse::sim {

TEST(sim_files, what_was_synced_survives_a_crash_and_the_rest_may_not) {
    int unsynced_lost = 0;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        Scheduler scheduler(seed);
        SimFiles files(scheduler, seed);
        ASSERT_TRUE(files.make_directories("/var/mail", 0755));
        auto safe = files.create("/var/mail/safe", 0600);
        ASSERT_TRUE(safe && (*safe)->write("kept") && (*safe)->sync() && files.sync_directory("/var/mail"));
        ASSERT_TRUE((*safe)->write(" and perhaps"));
        auto loose = files.create("/var/mail/loose", 0600);
        ASSERT_TRUE(loose && (*loose)->write("gone?"));
        files.power_loss();
        EXPECT_FALSE((*safe)->write("x"));
        EXPECT_FALSE(files.read("/var/mail/safe"));
        files.crash();
        const auto content = files.read("/var/mail/safe");
        ASSERT_TRUE(content.has_value());
        EXPECT_TRUE(content->starts_with("kept"));
        EXPECT_TRUE(std::string("kept and perhaps").starts_with(*content));
        const auto other = files.read("/var/mail/loose");
        unsynced_lost += other && *other == "gone?" ? 0 : 1;
        EXPECT_FALSE((*safe)->write("old handle"));
    }
    EXPECT_GT(unsynced_lost, 10);
}

TEST(sim_files, it_behaves_like_a_file_system) {
    Scheduler scheduler(1);
    SimFiles files(scheduler, 1);
    files.put("/etc/postfix/main.cf", "a = b\n");
    EXPECT_EQ(*files.read("/etc/postfix/main.cf"), "a = b\n");
    EXPECT_EQ(files.info("/etc/postfix/main.cf")->size, 6U);
    EXPECT_TRUE(files.info("/etc/postfix")->is_directory);
    EXPECT_EQ(files.read("/etc/none").error().kind, base::ErrorKind::not_found);
    EXPECT_FALSE(files.create("/etc/postfix/main.cf", 0600));
    ASSERT_TRUE(files.create("/etc/postfix/new", 0600));
    ASSERT_TRUE(files.rename("/etc/postfix/new", "/etc/postfix/aliases"));
    EXPECT_EQ(*files.list("/etc/postfix"), (std::vector<std::string>{"aliases", "main.cf"}));
    ASSERT_TRUE(files.remove("/etc/postfix/aliases"));
    EXPECT_FALSE(files.remove("/etc/postfix/aliases"));
    auto appended = files.append("/etc/postfix/main.cf", 0600);
    ASSERT_TRUE(appended && (*appended)->write("c = d\n"));
    EXPECT_EQ(*files.read("/etc/postfix/main.cf"), "a = b\nc = d\n");
    files.free = 3;
    EXPECT_EQ((*appended)->write("more").error().kind, base::ErrorKind::no_space);
}

}  // namespace posthouse::sim
