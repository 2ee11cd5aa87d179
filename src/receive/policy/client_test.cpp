// PolicyClient over a scripted server, in virtual time.
#include "receive/policy/client.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "receive/policy/scripted_server_test.hpp"
#include "world/task_group.hpp"

namespace posthouse::receive {
namespace {

using scripted::PolicyServerScript;
using std::chrono::seconds;

class PolicyClientTest : public ::testing::Test {
protected:
    using Answer = base::Result<std::string>;
    void make() { client = std::make_unique<PolicyClient>(std::make_unique<scripted::ScriptedConnector>(server), settings, server.clock); }
    void TearDown() override {
        if (client) {
            asking.cancel();
            stopping.spawn(client->stop());
        }
    }
    // The answer, if it is there without that time passes.
    std::shared_ptr<std::optional<Answer>> begin(std::string request = "request=1\n\n") {
        if (!client) {
            make();
        }
        auto into = std::make_shared<std::optional<Answer>>();
        asking.spawn(keep(*client, std::move(request), warnings, into));
        return into;
    }
    std::string ask() {
        const auto answer = begin();
        return !*answer ? "nothing yet" : **answer ? ***answer : "failed: " + (**answer).error().text;
    }
    static world::Task<void> keep(PolicyClient& client, std::string request, std::vector<std::string>& warnings, std::shared_ptr<std::optional<Answer>> into) {
        PolicyClient::Warned warned = [&warnings](const std::string& text) { warnings.push_back(text); };
        world::Task<Answer> asking = client.ask(std::move(request), std::move(warned));
        *into = co_await std::move(asking);
    }

    PolicyServerScript server;
    PolicySettings settings{.server = {PolicyServerName::Kind::inet, "h:1"}, .default_action = "451 later", .policy_context = {}};
    std::unique_ptr<PolicyClient> client;
    std::vector<std::string> warnings;
    world::TaskGroup asking, stopping;
};

TEST_F(PolicyClientTest, asks_again_over_the_same_connection) {
    EXPECT_EQ(ask(), "DUNNO");
    EXPECT_EQ(ask(), "DUNNO");
    EXPECT_EQ(server.connections, 1U);
    EXPECT_EQ(server.open, 1U);
}

TEST_F(PolicyClientTest, questions_at_the_same_time_have_connections_of_their_own_and_both_are_kept) {
    server.replies = {PolicyServerScript::silence, PolicyServerScript::silence};
    const auto first = begin();
    const auto second = begin();
    EXPECT_EQ(server.connections, 2U);
    server.say(0, "action=OK\n\n");
    server.say(1, "action=REJECT\n\n");
    EXPECT_EQ((*first)->value(), "OK");
    EXPECT_EQ((*second)->value(), "REJECT");
    EXPECT_EQ(client->idle_count(), 2U);
}

TEST_F(PolicyClientTest, max_idle_ends_a_connection_that_nobody_uses) {
    settings.max_idle = seconds(10);
    EXPECT_EQ(ask(), "DUNNO");
    server.clock.advance(seconds(9));
    EXPECT_EQ(ask(), "DUNNO");  // used: idle from now on
    server.clock.advance(seconds(9));
    EXPECT_EQ(server.open, 1U);
    server.clock.advance(seconds(1));
    EXPECT_EQ(server.open, 0U);
    EXPECT_EQ(ask(), "DUNNO");
    EXPECT_EQ(server.connections, 2U);
}

TEST_F(PolicyClientTest, max_ttl_ends_a_connection_however_busy_it_is) {
    settings.max_idle = seconds(10);
    settings.max_ttl = seconds(25);
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(ask(), "DUNNO");
        server.clock.advance(seconds(5));
    }
    EXPECT_EQ(server.open, 0U);
    EXPECT_EQ(server.connections, 1U);
    EXPECT_EQ(ask(), "DUNNO");
    EXPECT_EQ(server.connections, 2U);
}

TEST_F(PolicyClientTest, request_limit_ends_a_connection_after_so_many_questions) {
    settings.request_limit = 2;
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(ask(), "DUNNO");
    }
    EXPECT_EQ(server.connections, 3U);
    EXPECT_EQ(server.open, 1U);
}

TEST_F(PolicyClientTest, request_limit_0_is_none) {
    for (int i = 0; i < 300; ++i) {
        EXPECT_EQ(ask(), "DUNNO");
    }
    EXPECT_EQ(server.connections, 1U);
}

TEST_F(PolicyClientTest, a_failed_question_is_asked_again_after_retry_delay) {
    settings.retry_delay = seconds(7);
    server.replies = {PolicyServerScript::hang_up};
    const auto answer = begin();
    EXPECT_FALSE(*answer);
    server.clock.advance(seconds(6));
    EXPECT_EQ(server.connections, 1U);
    server.clock.advance(seconds(1));
    EXPECT_EQ(server.connections, 2U);
    ASSERT_TRUE(*answer);
    EXPECT_EQ((*answer)->value(), "DUNNO");
    ASSERT_EQ(warnings.size(), 1U);
    EXPECT_TRUE(warnings[0].starts_with("problem talking to server h:1: ")) << warnings[0];
}

TEST_F(PolicyClientTest, try_limit_says_how_often_and_each_failure_is_told) {
    settings.try_limit = 3;
    server.replies = {PolicyServerScript::hang_up, PolicyServerScript::hang_up, PolicyServerScript::hang_up};
    const auto answer = begin();
    server.clock.advance(seconds(1));
    EXPECT_FALSE(*answer);
    server.clock.advance(seconds(1));
    ASSERT_TRUE(*answer);
    EXPECT_FALSE(**answer);
    EXPECT_EQ(server.connections, 3U);
    EXPECT_EQ(warnings.size(), 3U);
    server.clock.advance(seconds(100));
    EXPECT_EQ(server.connections, 3U);
}

TEST_F(PolicyClientTest, try_limit_1_does_not_wait) {
    settings.try_limit = 1;
    server.replies = {PolicyServerScript::hang_up};
    EXPECT_TRUE(ask().starts_with("failed: "));
}

TEST_F(PolicyClientTest, who_does_not_answer_the_phone_is_a_failure_too) {
    settings.try_limit = 1;
    server.refuses = 1;
    EXPECT_EQ(ask(), "failed: Connection refused");
    EXPECT_EQ(warnings, (std::vector<std::string>{"connect to h:1: Connection refused", "problem talking to server h:1: Connection refused"}));
    EXPECT_EQ(ask(), "DUNNO");
}

TEST_F(PolicyClientTest, timeout_is_for_the_whole_answer) {
    settings.try_limit = 1;
    settings.timeout = seconds(10);
    server.replies = {PolicyServerScript::silence};
    const auto answer = begin();
    server.clock.advance(seconds(6));
    server.say(0, "something=else\n");
    EXPECT_FALSE(*answer);
    server.clock.advance(seconds(3));
    EXPECT_FALSE(*answer);
    server.clock.advance(seconds(1));
    ASSERT_TRUE(*answer);
    EXPECT_EQ((*answer)->error().kind, base::ErrorKind::timeout);
    EXPECT_EQ(server.open, 0U);  // what comes now would be taken for the next answer
}

TEST_F(PolicyClientTest, a_kept_connection_that_has_ended_costs_no_try) {
    settings.try_limit = 1;
    EXPECT_EQ(ask(), "DUNNO");
    server.end(0);
    EXPECT_EQ(ask(), "DUNNO");
    EXPECT_EQ(server.connections, 2U);
    // And one that ends at the very moment when it is used.
    server.replies = {PolicyServerScript::hang_up};
    EXPECT_EQ(ask(), "DUNNO");
    EXPECT_EQ(server.connections, 3U);
    EXPECT_TRUE(warnings.empty());
}

TEST_F(PolicyClientTest, an_answer_nobody_can_read_is_a_failure_and_its_connection_ends) {
    settings.try_limit = 1;
    for (const std::string& reply : {std::string("\n"), std::string("nothing\n\n"), "action=" + std::string(PolicyReply::line_max, 'x') + "\n\n"}) {
        server.replies = {reply};
        EXPECT_TRUE(ask().starts_with("failed: ")) << reply.substr(0, 30);
        EXPECT_EQ(server.open, 0U);
    }
}

TEST_F(PolicyClientTest, what_is_said_after_the_answer_is_not_the_next_answer) {
    server.replies = {"action=OK\n\naction=REJECT\n\n"};
    EXPECT_EQ(ask(), "OK");
    EXPECT_EQ(server.open, 0U);
    EXPECT_EQ(ask(), "DUNNO");
}

TEST_F(PolicyClientTest, no_more_connections_are_kept_than_allowed) {
    server.idle_max = 1;
    server.replies = {PolicyServerScript::silence, PolicyServerScript::silence};
    begin();
    begin();
    server.say(0, "action=OK\n\n");
    server.say(1, "action=OK\n\n");
    EXPECT_EQ(server.open, 1U);
    server.scarce = true;
    EXPECT_EQ(ask(), "DUNNO");
    EXPECT_EQ(server.open, 0U);
}

TEST_F(PolicyClientTest, after_the_stop_questions_are_answered_and_nothing_is_kept) {
    EXPECT_EQ(ask(), "DUNNO");
    stopping.spawn(client->stop());
    EXPECT_EQ(server.open, 0U);
    EXPECT_EQ(ask(), "DUNNO");
    EXPECT_EQ(server.open, 0U);
}

TEST_F(PolicyClientTest, lists_that_name_the_same_server_in_the_same_way_share_its_client) {
    PolicyClients clients([this](const PolicyServerName&) { return std::make_unique<scripted::ScriptedConnector>(server); }, server.clock);
    const auto one = clients.get(settings);
    EXPECT_EQ(clients.get(settings), one);
    PolicySettings other = settings;
    other.timeout = seconds(1);
    EXPECT_NE(clients.get(other), one);
    stopping.spawn(clients.stop());
}

}  // namespace
}  // namespace posthouse::receive
