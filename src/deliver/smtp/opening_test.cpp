#include "deliver/smtp/opening.hpp"

#include <gtest/gtest.h>

#include "deliver/smtp/fake_world_test.hpp"

namespace posthouse::deliver {
namespace {

using fake::request;
using fake::World;
using Kind = mail::Outcome::Kind;

}  // namespace

TEST(smtp_opening, the_greeting_decides_as_configured) {
    World w;
    auto& up = w.server("127.0.0.1:25");
    up.replies["CONNECT"] = "554 5.7.1 go away";
    auto out = w.deliver(request("[127.0.0.1]", {"x@x"}));
    EXPECT_EQ(out[0].kind, Kind::deferred);
    EXPECT_EQ(out[0].status, "4.7.1");
    EXPECT_EQ(out[0].text, "host 127.0.0.1[127.0.0.1] refused to talk to me: 554 5.7.1 go away");
    World strict;
    strict.settings.smtp_skip_5xx_greeting = false;
    strict.server("127.0.0.1:25").replies["CONNECT"] = "554 5.7.1 go away";
    out = strict.deliver(request("[127.0.0.1]", {"x@x"}));
    EXPECT_EQ(out[0].kind, Kind::bounced);
}

TEST(smtp_opening, an_old_server_is_greeted_with_helo) {
    World w;
    auto& up = w.server("127.0.0.1:25");
    up.replies["EHLO"] = "502 what";
    EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].kind, Kind::delivered);
    EXPECT_EQ(std::count(up.commands.begin(), up.commands.end(), "HELO localhost"), 1);
}

TEST(smtp_opening, who_answers_with_our_own_name_gets_nothing) {
    for (const bool extended : {true, false}) {
        World w;
        w.settings.myhostname = "mta.example";
        w.resolver.mx("loop.example", 10, "one.example");
        w.resolver.mx("backup.example", 10, "gone.example");
        w.resolver.mx("backup.example", 20, "one.example");
        w.resolver.a("one.example", "127.0.0.1");
        for (const auto port : {":25", ":26"}) {
            auto& ours = w.server(std::string("127.0.0.1") + port);
            ours.replies["EHLO"] = extended ? "250-MTA.example\\n250 HELP" : "502 no";
            ours.replies["HELO"] = "250 MTA.example";
        }
        auto out = w.deliver(request("loop.example", {"x@loop.example"}));
        EXPECT_EQ(out[0].kind, Kind::bounced);
        EXPECT_EQ(out[0].status, "5.4.6");
        EXPECT_EQ(out[0].text, "mail for loop.example loops back to myself");
        EXPECT_EQ(w.sink.lines.at(0), "host one.example[127.0.0.1]:25 replied to HELO/EHLO with my own hostname mta.example");
        out = w.deliver(request("backup.example", {"x@backup.example"}));
        EXPECT_EQ(out[0].kind, Kind::deferred) << "the best host may come back";
        EXPECT_EQ(out[0].status, "4.4.6");
        EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].kind, Kind::deferred);
        EXPECT_EQ(w.deliver(request("[127.0.0.1]:26", {"x@x"}))[0].kind, Kind::delivered) << "a filter of ours";
    }
}

}  // namespace posthouse::deliver
