#include "sasl/dovecot_backend.hpp"

#include <gtest/gtest.h>

#include "sasl/dovecot_protocol.hpp"
#include "sasl/fake_world.hpp"

namespace posthouse::sasl {
namespace {

const std::string greeting = "VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nMECH\tLOGIN\tplaintext\nMECH\tSECRET\tprivate\nSPID\t1\nCUID\t1\nCOOKIE\t00\nDONE\n";
const world::Deadline never = world::Deadline::never();

struct World {
    ScriptedNetwork network;
    StandingClock clock;
    CountingRandom random;
    DovecotBackend backend{UnixSocket{"/q/private/auth"}, network, clock, random};

    static AuthRequest request(std::string mechanism, std::optional<std::string> initial = std::nullopt) {
        return {.mechanism = std::move(mechanism),
                .initial_response = std::move(initial),
                .local_address = *base::IpAddress::parse("127.0.0.1"),
                .remote_address = *base::IpAddress::parse("127.0.0.2"),
                .secured = true,
                .security_options = {}};
    }
};

std::string show(const Step& step) {
    switch (step.kind) {
        case Step::Kind::challenge:
            return "challenge " + step.text;
        case Step::Kind::success:
            return "success " + step.user;
        case Step::Kind::failure:
            return "failure " + step.text + " of " + step.user;
        case Step::Kind::temporary_failure:
            return "temporary " + step.text + " of " + step.user;
    }
    return "";
}

}  // namespace

TEST(dovecot_backend, logs_in_with_an_initial_response_that_comes_last) {
    World world;
    world.network.scripts = {{greeting, "OK\t1\tuser=john@example.org\n"}};
    const auto talk = world.backend.begin(World::request("plain", "AGpvaG4AeA=="));
    EXPECT_EQ(show(run_now(talk->start(never))), "success john@example.org");
    EXPECT_EQ(world.network.connected_to, (std::vector<std::string>{"/q/private/auth"}));
    EXPECT_EQ(world.network.heard,
              "VERSION\t1\t1\nCPID\t42\nAUTH\t1\tPLAIN\tservice=smtp\tnologin\tlip=127.0.0.1\trip=127.0.0.2\tsecured\tresp=AGpvaG4AeA==\n");
}

TEST(dovecot_backend, passes_challenges_through) {
    World world;
    world.network.scripts = {{greeting, "CONT\t1\tVXNlcm5hbWU6\n", "CONT\t1\tUGFzc3dvcmQ6\n", "OK\t1\tuser=john\n"}};
    auto request = World::request("LOGIN");
    request.secured = false;
    const auto talk = world.backend.begin(std::move(request));
    EXPECT_EQ(show(run_now(talk->start(never))), "challenge VXNlcm5hbWU6");
    EXPECT_EQ(show(run_now(talk->step("am9obg==", never))), "challenge UGFzc3dvcmQ6");
    EXPECT_EQ(show(run_now(talk->step("eA==", never))), "success john");
    EXPECT_TRUE(world.network.heard.ends_with("rip=127.0.0.2\nCONT\t1\tam9obg==\nCONT\t1\teA==\n"));
}

TEST(dovecot_backend, tells_refusal_from_trouble) {
    for (const auto& [answer, expected] : std::map<std::string, std::string>{
             {"FAIL\t1\tuser=john\n", "failure (reason unavailable) of john"},
             {"FAIL\t1\tuser=john\treason=locked\n", "failure locked of john"},
             {"FAIL\t1\tuser=jane\ttemp\n", "temporary (reason unavailable) of jane"},
             {"FAIL\t1\tuser=jane\tcode=temp_fail\n", "temporary (reason unavailable) of jane"},
             {"FAIL\t7\tuser=other\nOK\t1\tuser=a\001tb\n", "success a?b"},
             {"OK\t1\n", "temporary missing user name in the authentication server's reply of "},
             {"", "temporary Connection lost to authentication server of "},
         }) {
        World world;
        world.network.scripts = {{greeting}};
        if (!answer.empty()) {
            world.network.scripts[0].push_back(answer);
        }
        const auto talk = world.backend.begin(World::request("PLAIN", "AGEAYg=="));
        EXPECT_EQ(show(run_now(talk->start(never))), expected);
    }
}

TEST(dovecot_backend, judges_mechanism_and_base64_before_it_asks) {
    World world;
    world.network.scripts = {{greeting}, {greeting}, {greeting}, {greeting, "CONT\t1\t\n"}};
    EXPECT_EQ(show(run_now(world.backend.begin(World::request("GSSAPI"))->start(never))), "failure Invalid authentication mechanism of ");
    EXPECT_EQ(show(run_now(world.backend.begin(World::request("PLAIN", "!!!!"))->start(never))), "failure Invalid base64 data in initial response of ");
    auto request = World::request("PLAIN");
    request.security_options.noplaintext = true;
    EXPECT_EQ(show(run_now(world.backend.begin(std::move(request))->start(never))), "failure Invalid authentication mechanism of ");
    const auto talk = world.backend.begin(World::request("PLAIN"));
    EXPECT_EQ(show(run_now(talk->start(never))), "challenge ");
    EXPECT_EQ(show(run_now(talk->step("a\tb", never))), "failure Invalid base64 data in continued response of ");
    EXPECT_EQ(world.network.heard.find("!!!!"), std::string::npos);
}

TEST(dovecot_backend, a_dead_server_is_unknown_not_a_refusal) {
    World world;
    EXPECT_FALSE(run_now(world.backend.mechanisms(never)).has_value());
    EXPECT_EQ(run_now(world.backend.begin(World::request("PLAIN"))->start(never)).kind, Step::Kind::temporary_failure);
    world.network.scripts = {{"VERSION\t2\t0\nDONE\n"}, {"MECH\tPLAIN\nDONE\n"}, {"VERSION\t1\t1\n"}};
    for (int i = 0; i < 3; ++i) {
        EXPECT_FALSE(run_now(world.backend.mechanisms(never)).has_value());
    }
}

TEST(dovecot_backend, remembers_the_mechanisms_for_a_while) {
    World world;
    world.network.scripts = {{greeting}, {"VERSION\t1\t1\nMECH\tCRAM-MD5\tdictionary\tactive\nDONE\n"}};
    auto first = run_now(world.backend.mechanisms(never)).value();
    ASSERT_EQ(first.size(), 2U);
    EXPECT_EQ(first[1].name, "LOGIN");
    EXPECT_TRUE(first[1].properties.plaintext);
    (void)run_now(world.backend.mechanisms(never));
    EXPECT_EQ(world.network.connected_to.size(), 1U);
    world.clock.time += std::chrono::minutes(2);
    EXPECT_TRUE(run_now(world.backend.mechanisms(never)).value()[0].properties.dictionary);
}

TEST(dovecot_address, takes_paths_and_inet_sockets) {
    EXPECT_EQ(std::get<UnixSocket>(*parse_dovecot_address("private/auth", "/q")).path, "/q/private/auth");
    EXPECT_EQ(std::get<UnixSocket>(*parse_dovecot_address("unix:/run/auth", "/q")).path, "/run/auth");
    EXPECT_EQ(std::get<base::Endpoint>(*parse_dovecot_address("inet:127.0.0.1:12345", "/q")).text(), "127.0.0.1:12345");
    EXPECT_EQ(std::get<base::Endpoint>(*parse_dovecot_address("inet:[::1]:12345", "/q")).text(), "[::1]:12345");
    EXPECT_FALSE(parse_dovecot_address("inet:somewhere", "/q").has_value());
    EXPECT_FALSE(parse_dovecot_address("", "/q").has_value());
}

TEST(dovecot_greeting, ends_some_time) {
    DovecotGreeting greeting_lines;
    bool ended = false;
    for (int i = 0; i < 2000 && !ended; ++i) {
        ended = !greeting_lines.feed("NOISE").has_value();
    }
    EXPECT_TRUE(ended);
}

}  // namespace posthouse::sasl
