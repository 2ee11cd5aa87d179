#include "app/local_users.hpp"

#include <gtest/gtest.h>

#include "tables/fake_files.hpp"
#include "world/task_group.hpp"

namespace posthouse::app {
namespace {

bool allows(std::string_view patterns, std::string_view sender) { return sender_pattern_allows(patterns, sender, "<>", "+"); }

TEST(sender_patterns, allow_addresses_domains_the_null_sender_and_all) {
    EXPECT_TRUE(allows("*", "anybody@example.org"));
    EXPECT_TRUE(allows("*", ""));
    EXPECT_TRUE(allows("joe, joe@example.org", "Joe@Example.org"));
    EXPECT_TRUE(allows("joe joe@example.org", "joe"));
    EXPECT_TRUE(allows("@example.org", "joe@example.org"));
    EXPECT_TRUE(allows("<>", ""));
    EXPECT_TRUE(allows("joe@example.org", "joe+lists@example.org"));
}

TEST(sender_patterns, and_nothing_else) {
    EXPECT_FALSE(allows("", "joe"));
    EXPECT_FALSE(allows("joe@example.org", ""));
    EXPECT_FALSE(allows("<>", "joe@example.org"));
    EXPECT_FALSE(allows("@example.org", "joe@sub.example.org"));
    EXPECT_FALSE(allows("@example.org", "joe"));
    EXPECT_FALSE(allows("joe@example.org", "jim@example.org"));
    EXPECT_FALSE(allows("joe*", "joe@example.org")) << "special only when alone";
    EXPECT_FALSE(sender_pattern_allows("<>", "", "nobody", "+"));
    EXPECT_TRUE(sender_pattern_allows("nobody", "", "nobody", "+"));
}

class AtOnce final : public world::Executor, public world::BlockingPool {
public:
    void post(world::Work work) override { work(); }
    void submit(world::Work work) override { work(); }
};

class LocalUsersTest : public ::testing::Test {
protected:
    std::string judged(const std::string& main_cf, control::LocalRequest request) {
        const config::View view = config::View::of(main_cf);
        const LocalUsers::Doors doors{[](std::uint32_t id) -> base::Result<std::optional<std::string>> {
                                          return id == 13 ? base::fail(base::ErrorKind::unavailable, "no answer") : base::Result<std::optional<std::string>>(id == 7 ? std::optional<std::string>("joe") : std::nullopt);
                                      },
                                      at_once};
        const LocalUsers users(view, {files}, 99, doors);
        std::string out = "suspended";
        struct Asker {
            static world::Task<void> ask(const LocalUsers& users, control::LocalRequest request, world::Executor& home, std::string& out) {
                world::Task<base::Result<void>> judging = users.judge(std::move(request), home);
                const auto answer = co_await std::move(judging);
                out = answer ? "yes" : answer.error().text;
            }
        };
        world::TaskGroup tasks;
        tasks.spawn(Asker::ask(users, std::move(request), at_once, out));
        return out;
    }
    static control::LocalRequest wants(control::LocalRight right, std::uint32_t user) { return {.right = right, .user_id = user, .site = {}, .sender = {}}; }
    AtOnce at_once;
    tables::FakeFiles files;
};

TEST_F(LocalUsersTest, anyone_may_by_default) {
    for (const auto right : {control::LocalRight::look, control::LocalRight::flush, control::LocalRight::submit}) {
        EXPECT_EQ(judged("", wants(right, 13)), "yes") << "nobody is asked who that is";
    }
}

TEST_F(LocalUsersTest, lists_have_names_and_root_and_the_owner_always_may) {
    const std::string only_jane = "authorized_mailq_users = jane\nauthorized_submit_users = joe\n";
    EXPECT_EQ(judged(only_jane, wants(control::LocalRight::look, 7)), "User joe(7) is not allowed to view the mail queue");
    EXPECT_EQ(judged(only_jane, wants(control::LocalRight::look, 8)), "User unknown(8) is not allowed to view the mail queue");
    EXPECT_EQ(judged(only_jane, wants(control::LocalRight::look, 0)), "yes");
    EXPECT_EQ(judged(only_jane, wants(control::LocalRight::look, 99)), "yes");
    EXPECT_EQ(judged(only_jane, wants(control::LocalRight::submit, 7)), "yes");
    EXPECT_EQ(judged(only_jane, wants(control::LocalRight::look, 13)), "cannot find out who user 13 is: no answer");
}

TEST_F(LocalUsersTest, only_configured_sites_are_flushed_for_anybody) {
    control::LocalRequest request = wants(control::LocalRight::flush, 0);
    request.site = "Sub.Example.net";
    EXPECT_EQ(judged("relay_domains = example.net\n", request), "yes");
    EXPECT_EQ(judged("relay_domains =\n", request), "Flush service is not configured for destination \"Sub.Example.net\"");
}

TEST_F(LocalUsersTest, a_session_is_for_those_who_may_be_anybody) {
    const std::string maps = "local_login_sender_maps = inline:{ {joe = joe@example.org}, {uid:8 = *} }\n";
    control::LocalRequest request = wants(control::LocalRight::submit, 7);
    EXPECT_NE(judged(maps, request), "yes");
    request.sender = "joe@example.org";
    EXPECT_EQ(judged(maps, request), "yes");
    request.sender = "";
    EXPECT_NE(judged(maps, request), "yes");
    EXPECT_EQ(judged(maps, wants(control::LocalRight::submit, 8)), "yes");
    EXPECT_NE(judged(maps, wants(control::LocalRight::submit, 0)), "yes") << "root, too, has to be in the table";
}

}  // namespace
}  // namespace posthouse::app
