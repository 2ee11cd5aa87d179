#include "receive/postscreen/settings.hpp"

#include <gtest/gtest.h>

namespace posthouse::receive::postscreen {

using std::chrono::seconds;

ScreenSettings settings_of(std::string_view main_cf, std::vector<std::string>* problems = nullptr) {
    const config::View view = config::View::of(main_cf);
    return ScreenSettings::from(view, config::View::of(std::string(main_cf) + "\nstress = yes\n"), [problems](std::string text) {
        if (problems != nullptr) {
            problems->push_back(std::move(text));
        }
    });
}

TEST(ScreenSettings, have_postfix_defaults) {
    const ScreenSettings settings = settings_of("");
    EXPECT_EQ(settings.postscreen_greet_wait.normal, seconds(6));
    EXPECT_EQ(settings.postscreen_greet_wait.stressed, seconds(2));
    EXPECT_EQ(settings.postscreen_command_time_limit.normal, seconds(300));
    EXPECT_EQ(settings.postscreen_command_time_limit.stressed, seconds(10));
    EXPECT_EQ(settings.postscreen_dnsbl_max_ttl, std::chrono::hours(1));
    EXPECT_EQ(settings.postscreen_pre_queue_limit, 100U);
    EXPECT_EQ(settings.postscreen_client_connection_count_limit, 50U);
    EXPECT_EQ(settings.enabled, TestSet{postscreen::Test::pregreet});
    EXPECT_TRUE(settings.respectful_logging);
    EXPECT_EQ(settings.shortest_ttl(), seconds(60));
}

TEST(ScreenSettings, take_old_names_where_the_new_ones_are_not_set) {
    const ScreenSettings settings = settings_of("postscreen_dnsbl_ttl = 3h\npostscreen_dnsbl_whitelist_threshold = -2\npostscreen_blacklist_action = drop\n");
    EXPECT_EQ(settings.postscreen_dnsbl_max_ttl, std::chrono::hours(3));
    EXPECT_EQ(settings.postscreen_dnsbl_allowlist_threshold, -2);
    EXPECT_EQ(settings.postscreen_denylist_action, Action::drop);
    EXPECT_EQ(settings_of("postscreen_dnsbl_whitelist_threshold = -2\npostscreen_dnsbl_allowlist_threshold = -5\n").postscreen_dnsbl_allowlist_threshold, -5);
}

TEST(ScreenSettings, tell_of_values_that_are_none) {
    std::vector<std::string> problems;
    const ScreenSettings settings = settings_of("postscreen_greet_action = reject\npostscreen_pre_queue_limit = 3\npostscreen_tls_security_level = secure\n", &problems);
    ASSERT_EQ(problems.size(), 3U);
    EXPECT_EQ(settings.postscreen_greet_action, Action::ignore);
    EXPECT_EQ(settings.postscreen_pre_queue_limit, 10U);
    EXPECT_EQ(settings.postscreen_tls_security_level, ScreenSettings::TlsLevel::encrypt);
}

}  // namespace posthouse::receive::postscreen
