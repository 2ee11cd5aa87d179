#include <fcntl.h>
#include <gtest/gtest.h>

#include "start/held_sockets.hpp"
#include "start/program_starter.hpp"
#include "start/restart_plan.hpp"
#include "start/supervisor_protocol.hpp"
#include "start/supervisor_state.hpp"

namespace posthouse::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(restart_plan, gives_more_time_with_every_crash_up_to_a_bound) {
    RestartPlan plan;
    EXPECT_EQ(plan.crashed(seconds(1)), milliseconds(0));
    EXPECT_EQ(plan.crashed(seconds(1)), milliseconds(125));
    EXPECT_EQ(plan.crashed(seconds(1)), milliseconds(250));
    EXPECT_FALSE(plan.is_hopeless());
    for (int i = 0; i < 100; ++i) {
        EXPECT_LE(plan.crashed(seconds(1)), RestartPlan::longest);
    }
    EXPECT_EQ(plan.crashed(seconds(1)), RestartPlan::longest);
    EXPECT_TRUE(plan.is_hopeless());
}

TEST(restart_plan, begins_anew_after_a_calm_life) {
    RestartPlan plan;
    for (int i = 0; i < 10; ++i) {
        plan.crashed(seconds(0));
    }
    EXPECT_EQ(plan.crashed(RestartPlan::calm), milliseconds(0));
    EXPECT_FALSE(plan.is_hopeless());
    EXPECT_EQ(plan.crashed(seconds(0)), RestartPlan::first);
}

const base::Endpoint smtp{*base::IpAddress::parse("127.0.0.1"), 25}, submission{*base::IpAddress::parse("::1"), 587};

struct Opener {
    int opened = 0;
    base::Result<int> operator()(base::Endpoint) {
        ++opened;
        return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
};

TEST(held_sockets, opens_each_address_once_for_all_servers) {
    Opener opener;
    HeldSockets sockets(std::ref(opener));
    const int first = *sockets.hold(smtp);
    sockets.begin();
    EXPECT_EQ(*sockets.hold(smtp), first);
    EXPECT_EQ(opener.opened, 1);
}

TEST(held_sockets, keeps_what_a_service_manager_lent_even_while_nobody_wants_it) {
    Opener opener;
    HeldSockets sockets(std::ref(opener));
    const int lent = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    sockets.borrow(smtp, lent);
    sockets.begin();
    sockets.close_unwanted();
    EXPECT_EQ(*sockets.hold(smtp), lent);
    sockets.release(smtp);
    EXPECT_EQ(*sockets.hold(smtp), lent);
    EXPECT_EQ(opener.opened, 0);
}

TEST(held_sockets, closes_what_the_next_server_does_not_ask_for) {
    HeldSockets sockets{Opener()};
    ASSERT_TRUE(sockets.hold(smtp) && sockets.hold(submission));
    sockets.begin();
    ASSERT_TRUE(sockets.hold(smtp));
    EXPECT_EQ(sockets.all().size(), 2U);
    sockets.close_unwanted();
    ASSERT_EQ(sockets.all().size(), 1U);
    EXPECT_EQ(sockets.all().begin()->first, smtp);
}

TEST(held_sockets, are_kept_until_the_last_who_asked_lets_go) {
    HeldSockets sockets{Opener()};
    ASSERT_TRUE(sockets.hold(smtp) && sockets.hold(smtp));
    sockets.release(smtp);
    EXPECT_EQ(sockets.all().size(), 1U);
    sockets.release(smtp);
    EXPECT_TRUE(sockets.all().empty());
    sockets.release(smtp);  // of nothing
}

TEST(held_sockets, keep_nothing_of_an_address_that_is_taken) {
    HeldSockets sockets([](base::Endpoint) -> base::Result<int> { return base::fail(base::ErrorKind::io, "taken"); });
    EXPECT_EQ(sockets.hold(smtp).error().text, "taken");
    EXPECT_TRUE(sockets.all().empty());
}

TEST(supervisor_protocol, addresses_and_errors_survive_the_way) {
    for (const base::Endpoint& endpoint : {smtp, submission}) {
        mail::Record record("listen");
        supervisor_protocol::add_endpoint(record, endpoint);
        EXPECT_EQ(supervisor_protocol::endpoint_of(record), endpoint);
    }
    const base::Error error = supervisor_protocol::error_of(supervisor_protocol::error_reply({base::ErrorKind::permission, "listen: no"}));
    EXPECT_EQ(error.kind, base::ErrorKind::permission);
    EXPECT_EQ(error.text, "listen: no");
}

TEST(supervisor_protocol, nonsense_is_no_address_and_some_error) {
    for (const auto& [address, port] : {std::pair("", "25"), std::pair("localhost", "25"), std::pair("127.0.0.1", "65536"), std::pair("127.0.0.1", ""), std::pair("127.0.0.1", "-1")}) {
        mail::Record record("listen");
        record.add("address", std::string(address)).add("port", std::string(port));
        EXPECT_FALSE(supervisor_protocol::endpoint_of(record)) << address << ' ' << port;
    }
    mail::Record strange("error");
    strange.add("kind", std::string("99999999999"));
    EXPECT_EQ(supervisor_protocol::error_of(strange).kind, base::ErrorKind::io);
}

TEST(supervisor_state, survives_the_way) {
    const SupervisorState state{5, 1234, 7, {{9, smtp}, {10, submission}}};
    EXPECT_EQ(state.text(), "lock 5 server 1234 7 socket 9 127.0.0.1 25 socket 10 ::1 587");
    EXPECT_EQ(SupervisorState::parse(state.text()), state);
}

TEST(supervisor_state, nonsense_is_none) {
    for (const char* text : {"", "lock", "lock 5", "lock 5 server 1234", "lock 5 server 0 7", "lock -1 server 1234 7", "lock 5 server 1234 7 socket", "lock 5 server 1234 7 socket 9 127.0.0.1",
                             "lock 5 server 1234 7 socket 9 localhost 25", "lock 5 server 1234 7 socket 9 ::1 65536", "lock 5 server 1234 99999999999", "lock 5 server 1234 7 what"}) {
        EXPECT_FALSE(SupervisorState::parse(text)) << text;
    }
}

TEST(program_starter, starts_what_a_spawn_row_has_and_nothing_else) {
    const auto read = [](const std::string& path) -> base::Result<std::string> {
        return path.ends_with("master.cf") ? "policy unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd -x\n"
                                             "smtp unix - - n - - smtp user=nobody argv=/bin/sh\n"
                                           : "compatibility_level = 3.6\n";
    };
    const auto configuration = config::load({"/etc/postfix", read, {}, {}});
    ASSERT_TRUE(configuration);
    EXPECT_TRUE(is_spawn_row(**configuration, "nobody", {"/usr/bin/policyd", "-x"}));
    EXPECT_FALSE(is_spawn_row(**configuration, "daemon", {"/usr/bin/policyd", "-x"}));
    EXPECT_FALSE(is_spawn_row(**configuration, "nobody", {"/usr/bin/policyd"}));
    EXPECT_FALSE(is_spawn_row(**configuration, "nobody", {"/usr/bin/policyd", "-x", "-y"}));
    EXPECT_FALSE(is_spawn_row(**configuration, "nobody", {"/bin/sh"}));
    EXPECT_FALSE(is_spawn_row(**configuration, "nobody", {}));
    EXPECT_TRUE(program_request("nobody", {"/usr/bin/policyd", "-x"}, seconds(1)));
    EXPECT_FALSE(program_request("nobody", std::vector<std::string>(62, "x"), seconds(1)));
}

}  // namespace
}  // namespace posthouse::app
