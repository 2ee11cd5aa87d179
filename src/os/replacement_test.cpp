#include "os/replacement.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <thread>

#include "os/posix_files.hpp"

namespace posthouse::os {
namespace {

class ReplacementTest : public testing::Test {
protected:
    ReplacementTest() {
        EXPECT_NE(::mkdtemp(folder_.data()), nullptr);
        EXPECT_TRUE(replace(path("f"), "0\n"));
    }
    ~ReplacementTest() override { std::filesystem::remove_all(folder_); }

    [[nodiscard]] std::string path(const std::string& name) const { return folder_ + '/' + name; }
    [[nodiscard]] std::string read(const std::string& name) { return files_.read(path(name)).value_or("none"); }
    [[nodiscard]] static bool replace(const std::string& path, std::string_view text) {
        auto replacement = Replacement::begin(path);
        return replacement && replacement->write(text) && replacement->take_place(0644);
    }
    [[nodiscard]] unsigned mode(const std::string& name) {
        struct stat status {};
        return ::stat(path(name).c_str(), &status) == 0 ? status.st_mode & 07777U : 0;
    }

    std::string folder_ = "/tmp/posthouse_replacement_test_XXXXXX";
    PosixFiles files_;
};

TEST_F(ReplacementTest, nothing_changes_until_it_takes_the_place) {
    {
        auto replacement = Replacement::begin(path("f"));
        ASSERT_TRUE(replacement && replacement->write("1\n"));
        EXPECT_EQ(mode("f.tmp"), 0600U);
        EXPECT_EQ(read("f"), "0\n");
    }
    EXPECT_EQ(read("f"), "0\n");
    EXPECT_EQ(files_.list(folder_).value(), std::vector<std::string>{"f"});
}

TEST_F(ReplacementTest, the_old_mode_is_kept_and_a_link_stays_a_link) {
    std::filesystem::create_symlink("f", path("link"));
    ASSERT_EQ(::chmod(path("f").c_str(), 0640), 0);
    EXPECT_TRUE(replace(path("link"), "1\n"));
    EXPECT_EQ(read("f"), "1\n");
    EXPECT_EQ(mode("f"), 0640U);
    EXPECT_TRUE(std::filesystem::is_symlink(path("link")));
}

TEST_F(ReplacementTest, what_a_killed_run_left_is_emptied) {
    ASSERT_TRUE(replace(path("f.tmp"), "rest of a longer text\n"));
    EXPECT_TRUE(replace(path("f"), "1\n"));
    EXPECT_EQ(read("f"), "1\n");
    std::filesystem::create_symlink("f", path("f.tmp"));
    EXPECT_FALSE(replace(path("f"), "2\n"));  // no link is followed
    EXPECT_EQ(read("f"), "1\n");
    std::filesystem::remove(path("f.tmp"));
    std::filesystem::create_hard_link(path("f"), path("f.tmp"));
    EXPECT_FALSE(replace(path("f"), "2\n"));  // nor is what has another name emptied
    EXPECT_EQ(read("f"), "1\n");
}

TEST_F(ReplacementTest, of_many_at_once_each_sees_the_work_of_those_before_it) {
    constexpr int writers = 8, rounds = 20;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < writers; ++i) {
            threads.emplace_back([this] {
                for (int round = 0; round < rounds; ++round) {
                    auto replacement = Replacement::begin(path("f"));
                    const int count = std::stoi(PosixFiles().read(path("f")).value_or("0"));
                    EXPECT_TRUE(replacement && replacement->write(std::to_string(count + 1) + '\n') && replacement->take_place(0644));
                }
            });
        }
    }
    EXPECT_EQ(read("f"), std::to_string(writers * rounds) + '\n');
}

}  // namespace
}  // namespace posthouse::os
