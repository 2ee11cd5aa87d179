#include "receive/policy/server_name.hpp"

#include <gtest/gtest.h>

namespace posthouse::receive {
namespace {

using std::chrono::seconds;
using Kind = PolicyServerName::Kind;

TEST(PolicyServerName, is_a_host_and_port_or_a_path) {
    const config::View view = config::View::of("");
    const auto inet = parse_policy_server("inet:127.0.0.1:10023", view);
    ASSERT_TRUE(inet);
    EXPECT_EQ(inet->server, (PolicyServerName{Kind::inet, "127.0.0.1:10023"}));
    EXPECT_EQ(inet->default_action, "451 4.3.5 Server configuration problem");
    EXPECT_EQ(inet->try_limit, 2U);
    EXPECT_EQ(inet->timeout, seconds(100));
    const auto local = parse_policy_server("unix:private/policy", view);
    ASSERT_TRUE(local);
    EXPECT_EQ(local->server, (PolicyServerName{Kind::unix_socket, "private/policy"}));
}

TEST(PolicyServerName, takes_the_parameters_as_defaults) {
    const auto server = parse_policy_server("inet:h:1", config::View::of("smtpd_policy_service_timeout = 7s\nsmtpd_policy_service_policy_context = main\nsmtpd_policy_service_request_limit = 3\n"));
    ASSERT_TRUE(server);
    EXPECT_EQ(server->timeout, seconds(7));
    EXPECT_EQ(server->policy_context, "main");
    EXPECT_EQ(server->request_limit, 3U);
}

TEST(PolicyServerName, takes_attributes_of_its_own_in_braces) {
    const auto server = parse_policy_server("{ inet:h:1, timeout=10s, default_action=DUNNO, try_limit=1 retry_delay=5s { policy_context = two words }, max_idle=1m,max_ttl=2m,request_limit=9 }",
                                            config::View::of(""));
    ASSERT_TRUE(server) << server.error().text;
    EXPECT_EQ(server->server.text, "h:1");
    EXPECT_EQ(server->timeout, seconds(10));
    EXPECT_EQ(server->default_action, "DUNNO");
    EXPECT_EQ(server->try_limit, 1U);
    EXPECT_EQ(server->retry_delay, seconds(5));
    EXPECT_EQ(server->policy_context, "two words");
    EXPECT_EQ(server->max_idle, seconds(60));
    EXPECT_EQ(server->max_ttl, seconds(120));
    EXPECT_EQ(server->request_limit, 9U);
}

TEST(PolicyServerName, says_what_is_wrong) {
    const config::View view = config::View::of("");
    EXPECT_EQ(parse_policy_server("private/policy", view).error().text, "bad policy server \"private/policy\": expected inet:host:port or unix:path");
    for (const std::string argument : {"", "{}", "inet:", "unix:", "{ inet:h:1, colour=red }", "{ inet:h:1, timeout=soon }", "{ inet:h:1, timeout }", "{ inet:h:1, try_limit=0 }", "{ inet:h:1, timeout=0 }"}) {
        EXPECT_FALSE(parse_policy_server(argument, view)) << argument;
    }
}

}  // namespace
}  // namespace posthouse::receive
