// QUIT together with the end of the last message of a session.
#include <gtest/gtest.h>

#include "deliver/smtp/fake_world_test.hpp"
#include "tables/fake_files.hpp"

namespace posthouse::deliver {
namespace {

using fake::request;
using fake::World;
using Kind = mail::Outcome::Kind;

TEST(farewell, quit_goes_with_the_final_dot_if_the_server_has_pipelining) {
    for (const bool pipelining : {true, false}) {
        World w;
        auto& up = w.server("127.0.0.1:25");
        up.offers = pipelining ? std::vector<std::string>{"PIPELINING"} : std::vector<std::string>{};
        EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].kind, Kind::delivered);
        EXPECT_EQ(up.commands.back(), "QUIT");
        EXPECT_EQ(std::count(up.commands.begin(), up.commands.end(), "QUIT"), 1);
        EXPECT_EQ(up.turns, pipelining ? 3 : 6);  // EHLO, the envelope, the rest; or EHLO, MAIL, RCPT, DATA, the content, QUIT
    }
}

TEST(farewell, what_the_server_said_of_the_message_counts) {
    World w;
    auto& up = w.server("127.0.0.1:25");
    up.offers = {"PIPELINING"};
    up.replies["EOD"] = "554 5.7.1 spam";
    const auto out = w.deliver(request("[127.0.0.1]", {"x@x"}));
    EXPECT_EQ(out[0].kind, Kind::bounced);
    EXPECT_EQ(out[0].status, "5.7.1");
}

TEST(farewell, its_reply_is_waited_for_if_the_settings_say_so) {
    World w;
    auto& up = w.server("127.0.0.1:25");
    up.offers = {"PIPELINING"};
    w.settings.smtp_skip_quit_response = false;
    EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].kind, Kind::delivered);
    EXPECT_EQ(std::count(up.commands.begin(), up.commands.end(), "QUIT"), 1);
}

TEST(farewell, a_session_that_is_kept_does_not_say_quit) {
    World w;
    auto& up = w.server("127.0.0.1:25");
    up.offers = {"PIPELINING"};
    tables::FakeFiles files;
    w.kept = tables::MatchList::open_strings("127.0.0.1", {files});
    EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].kind, Kind::delivered);
    EXPECT_NE(up.commands.back(), "QUIT");
}

}  // namespace
}  // namespace posthouse::deliver
