#include "app/explain_arguments.hpp"

#include <gtest/gtest.h>

namespace posthouse::app {
namespace {

using Words = std::vector<std::string>;
const Words needed{"--client", "192.0.2.1", "--sender", "a@example.org", "--recipient", "b@example.net"};

Words with(Words more) {
    more.insert(more.end(), needed.begin(), needed.end());
    return more;
}

TEST(explain_arguments, describe_a_session) {
    const auto parsed = parse_explain_arguments({"-c", "/etc/x", "--client", "2001:db8::1=mail.example", "--helo", "h", "--sender", "<>", "--recipient", "<\"x y\"@example.net>", "--sasl", "joe",
                                                 "--service", "submission"});
    ASSERT_TRUE(parsed) << parsed.error().text;
    EXPECT_EQ(parsed->directory, "/etc/x");
    EXPECT_EQ(parsed->session.client_address.text(), "2001:db8::1");
    EXPECT_EQ(parsed->session.client_name, "mail.example");
    EXPECT_EQ(parsed->session.helo_name, "h");
    EXPECT_EQ(parsed->session.sender, "");
    EXPECT_EQ(parsed->session.recipient, "x y@example.net");
    EXPECT_EQ(parsed->session.sasl_username, "joe");
    EXPECT_EQ(parsed->session.service, "submission");
}

TEST(explain_arguments, leave_out_what_need_not_be_said) {
    const auto parsed = parse_explain_arguments(needed);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->session.client_name, "");
    EXPECT_EQ(parsed->session.sender, "a@example.org");
    EXPECT_TRUE(parsed->session.service.empty());
}

TEST(explain_arguments, say_what_is_wrong) {
    const auto problem = [](const Words& words) {
        const auto parsed = parse_explain_arguments(words);
        return parsed ? std::string() : parsed.error().text;
    };
    EXPECT_EQ(problem({}), "--client, --sender and --recipient are needed");
    EXPECT_EQ(problem(with({"--colour", "red"})), "unknown option --colour");
    EXPECT_EQ(problem({"--client"}), "--client needs a value");
    EXPECT_EQ(problem({"--client", "here"}), "--client: not an IP address: here");
    EXPECT_EQ(problem(with({"--sender", "a@b c"})), "--sender: not an address: a@b c");
    EXPECT_EQ(problem({"--client", "192.0.2.1", "--sender", "<>", "--recipient", "<>"}), "--client, --sender and --recipient are needed");
}

}  // namespace
}  // namespace posthouse::app
