// Connections between two messages: which destinations have them, and what one that is used again counts for.
#include "deliver/smtp/agent.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "deliver/smtp/fake_world_test.hpp"
#include "tables/fake_files.hpp"

namespace posthouse::deliver {
namespace {

using fake::request;
using fake::World;
using Kind = mail::Outcome::Kind;

TEST(kept_sessions, a_reuse_limit_of_one_makes_two_uses) {
    World w;
    w.settings.smtp_connection_reuse_count_limit = 1;
    auto& up = w.server("127.0.0.1:25");
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].kind, Kind::delivered);
    }
    EXPECT_EQ(up.connections, 3);  // the first did not know yet that there is more
}

TEST(kept_sessions, a_listed_destination_keeps_its_connection_from_the_first_message_on) {
    World w;
    tables::FakeFiles files;
    w.kept = tables::MatchList::open_strings("!other.example, 127.0.0.1", {files});
    auto& up = w.server("127.0.0.1:2525");
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(w.deliver(request("[127.0.0.1]:2525", {"x@x"}))[0].kind, Kind::delivered);
    }
    EXPECT_EQ(up.connections, 1);
}

TEST(kept_sessions, a_kept_connection_that_died_costs_nothing) {
    for (const bool seen : {true, false}) {
        World w;
        auto& up = w.server("127.0.0.1:25");
        up.closing_is_seen = seen;
        w.deliver(request("[127.0.0.1]", {"x@x"}));
        w.deliver(request("[127.0.0.1]", {"x@x"}));
        ++up.epoch;
        EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].kind, Kind::delivered);
        EXPECT_EQ(up.connections, 3);
        EXPECT_EQ(up.messages.size(), 3U);
    }
}

// Neither in a second kept session nor in a new one: a refused final dot would cost the content again each time.
TEST(kept_sessions, a_host_that_refused_in_a_kept_session_is_not_asked_again_in_the_same_attempt) {
    for (const std::string refused : {"MAIL FROM", "RCPT TO", "EOD"}) {
        World w;
        auto& up = w.server("127.0.0.1:25");
        w.deliver(request("[127.0.0.1]", {"x@x"}));
        w.deliver(request("[127.0.0.1]", {"x@x"}));
        ASSERT_EQ(up.connections, 2);
        up.commands.clear();
        up.replies[refused] = "450 4.2.0 later";
        EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].status, "4.2.0") << refused;
        EXPECT_EQ(up.connections, 2) << refused;
        EXPECT_EQ(std::count_if(up.commands.begin(), up.commands.end(), [](const std::string& line) { return line.starts_with("MAIL"); }), 1) << refused;
    }
}

TEST(kept_sessions, another_host_is_asked_after_one_that_refused_in_a_kept_session) {
    World w;
    w.resolver.mx("example.net", 10, "one");
    w.resolver.mx("example.net", 20, "two");
    w.resolver.a("one", "127.0.0.1");
    w.resolver.a("two", "127.0.0.2");
    auto& first = w.server("127.0.0.1:25");
    auto& second = w.server("127.0.0.2:25");
    w.deliver(request("example.net", {"x@example.net"}));
    w.deliver(request("example.net", {"x@example.net"}));
    first.replies["RCPT TO"] = "450 4.2.0 later";
    EXPECT_EQ(w.deliver(request("example.net", {"x@example.net"}))[0].kind, Kind::delivered);
    EXPECT_EQ(first.connections, 2);
    EXPECT_EQ(second.messages.size(), 1U);
}

// 421 is about the connection, which may have waited for too long.
TEST(kept_sessions, a_kept_session_that_says_421_is_followed_by_a_new_one) {
    World w;
    auto& up = w.server("127.0.0.1:25");
    w.deliver(request("[127.0.0.1]", {"x@x"}));
    w.deliver(request("[127.0.0.1]", {"x@x"}));
    up.replies["MAIL FROM"] = "421 4.4.2 idle for too long";
    w.deliver(request("[127.0.0.1]", {"x@x"}));
    EXPECT_EQ(up.connections, 3);
}

}  // namespace
}  // namespace posthouse::deliver
