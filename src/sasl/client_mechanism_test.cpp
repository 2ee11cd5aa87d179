#include "sasl/client_mechanism.hpp"

#include <gtest/gtest.h>

namespace posthouse::sasl {

TEST(client_mechanism, prefers_plain_and_sends_it_at_once) {
    auto exchange = choose_client_mechanism({"LOGIN", "PLAIN"}, {"user", "pass"}, {});
    ASSERT_TRUE(exchange.has_value());
    EXPECT_EQ((*exchange)->mechanism(), "PLAIN");
    EXPECT_EQ((*exchange)->take_initial_response(), "AHVzZXIAcGFzcw==");
    EXPECT_FALSE((*exchange)->respond("").has_value());
}

TEST(client_mechanism, plain_can_wait_for_the_empty_challenge) {
    auto exchange = choose_client_mechanism({"plain"}, {"user", "pass"}, {});
    ASSERT_TRUE(exchange.has_value());
    EXPECT_EQ((*exchange)->respond(""), "AHVzZXIAcGFzcw==");
    EXPECT_FALSE((*exchange)->respond("").has_value());
}

TEST(client_mechanism, login_answers_two_challenges_and_no_third) {
    auto exchange = choose_client_mechanism({"GSSAPI", "LOGIN"}, {"user", "pass"}, {});
    ASSERT_TRUE(exchange.has_value());
    EXPECT_EQ((*exchange)->take_initial_response(), std::nullopt);
    EXPECT_EQ((*exchange)->respond("VXNlcm5hbWU6"), "dXNlcg==");
    EXPECT_EQ((*exchange)->respond("UGFzc3dvcmQ6"), "cGFzcw==");
    EXPECT_FALSE((*exchange)->respond("UGFzc3dvcmQ6").has_value());
}

// The example of RFC 2195, section 2.
TEST(client_mechanism, cram_md5_shows_no_password_and_goes_before_plain) {
    auto exchange = choose_client_mechanism({"PLAIN", "CRAM-MD5"}, {"tim", "tanstaaftanstaaf"}, *parse_security_options("noplaintext, noanonymous"));
    ASSERT_TRUE(exchange.has_value());
    EXPECT_EQ((*exchange)->mechanism(), "CRAM-MD5");
    EXPECT_EQ((*exchange)->take_initial_response(), std::nullopt);
    EXPECT_EQ((*exchange)->respond("PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+"), "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw");
    EXPECT_FALSE((*exchange)->respond("PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+").has_value());
}

TEST(client_mechanism, says_when_none_is_usable) {
    EXPECT_EQ(choose_client_mechanism({"GSSAPI"}, {"u", "p"}, {}).error().text, "no mechanism available");
    EXPECT_EQ(choose_client_mechanism({"PLAIN"}, {"u", "p"}, *parse_security_options("noplaintext, noanonymous")).error().text, "no mechanism available");
    EXPECT_TRUE(choose_client_mechanism({"PLAIN"}, {"u", "p"}, *parse_security_options("noanonymous")).has_value());
}

TEST(client_mechanism, the_filter_takes_names_and_negations) {
    const std::vector<std::string> offered{"PLAIN", "LOGIN", "GSSAPI"};
    EXPECT_EQ(filter_mechanisms(offered, ""), offered);
    EXPECT_EQ(filter_mechanisms(offered, "plain, login"), (std::vector<std::string>{"PLAIN", "LOGIN"}));
    EXPECT_EQ(filter_mechanisms(offered, "!gssapi, !login, static:all"), (std::vector<std::string>{"PLAIN"}));
}

}  // namespace posthouse::sasl
