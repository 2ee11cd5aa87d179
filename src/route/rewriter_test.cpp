#include "route/rewriter.hpp"

#include <gtest/gtest.h>

namespace posthouse::route {

TEST(rewriter, completes_and_untangles_addresses) {
    const RewriteSettings settings{.myorigin = "example.test", .mydomain = "example.test"};
    const std::pair<const char*, const char*> cases[] = {
        {"", ""},
        {"user", "user@example.test"},
        {"user@example.net", "user@example.net"},
        {"user@example.net.", "user@example.net"},
        {"user@host", "user@host"},
        {"site!user", "user@site"},
        {"user%site", "user@site"},
        {"a%b@c", "a%b@c"},
        {"user@[127.0.0.1]", "user@[127.0.0.1]"},
    };
    for (const auto& [given, wanted] : cases) {
        EXPECT_EQ(rewrite_address(given, settings), wanted) << given;
    }
}

TEST(rewriter, appends_mydomain_to_a_bare_host_only_if_told) {
    const RewriteSettings settings{.myorigin = "example.test", .mydomain = "example.test", .append_dot_mydomain = true};
    EXPECT_EQ(rewrite_address("user@host", settings), "user@host.example.test");
}

}  // namespace posthouse::route
