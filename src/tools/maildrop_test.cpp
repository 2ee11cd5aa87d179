#include "tools/maildrop.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace posthouse::tools {
namespace {

class MaildropTest : public testing::Test {
protected:
    void SetUp() override {
        std::string made = testing::TempDir() + "maildrop-XXXXXX";
        ASSERT_NE(mkdtemp(made.data()), nullptr);
        directory_ = made;
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }

    [[nodiscard]] base::Result<void> put() const {
        mail::Submission submission;
        submission.envelope.recipients.emplace_back().address = "b@example.org";
        return write_maildrop(directory_, submission, "Subject: x\n\nhello\n");
    }
    [[nodiscard]] std::vector<std::string> listed() const {
        std::vector<std::string> ids;
        list_maildrop(directory_, [&](const QueueEntry& entry) { ids.push_back(entry.id); });
        return ids;
    }
    [[nodiscard]] std::filesystem::path path(const std::string& name) const { return std::filesystem::path(directory_) / "maildrop" / name; }

    std::string directory_;
};

TEST_F(MaildropTest, each_message_has_a_name_of_its_own) {
    for (int i = 0; i < 50; ++i) {
        ASSERT_TRUE(put());
    }
    EXPECT_EQ(listed().size(), 50U);
}

TEST_F(MaildropTest, lists_only_files_as_they_are_made_there) {
    ASSERT_TRUE(put());
    const std::vector<std::string> all = listed();
    ASSERT_EQ(all.size(), 1U);
    const std::string elsewhere = directory_ + "/elsewhere";
    std::filesystem::copy_file(path(all[0]), elsewhere);
    std::filesystem::create_symlink(elsewhere, path("0000000000001000001"));
    std::filesystem::create_hard_link(elsewhere, path("0000000000001000002"));
    ASSERT_EQ(mkfifo(path("0000000000001000003").c_str(), 0600), 0);  // nobody writes to it: a reader would wait
    EXPECT_EQ(listed(), all);
}

TEST_F(MaildropTest, removes_one_or_all_and_what_else_has_the_name) {
    ASSERT_TRUE(put());
    ASSERT_TRUE(put());
    ASSERT_TRUE(put());
    const auto three = [] { return base::Result<std::uint64_t>(3); };
    EXPECT_EQ(remove_maildrop_and(directory_, "4XyZ", three), 3U);
    EXPECT_EQ(remove_maildrop_and(directory_, listed()[0], [] { return base::Result<std::uint64_t>(0); }), 1U);
    EXPECT_EQ(remove_maildrop_and(directory_, "ALL", three), 5U);
    EXPECT_TRUE(listed().empty());
}

TEST_F(MaildropTest, an_error_of_the_others_is_not_hidden_by_files_that_were_removed) {
    const auto fails = []() -> base::Result<std::uint64_t> { return base::fail(base::ErrorKind::closed, "the server went away"); };
    ASSERT_TRUE(put());
    ASSERT_TRUE(put());
    EXPECT_EQ(remove_maildrop_and(directory_, listed()[0], fails), 1U);  // no ID of a server's
    EXPECT_FALSE(remove_maildrop_and(directory_, "ALL", fails));
    EXPECT_TRUE(listed().empty());
}

}  // namespace
}  // namespace posthouse::tools
