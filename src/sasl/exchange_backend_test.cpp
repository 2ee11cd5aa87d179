#include "sasl/exchange_backend.hpp"

#include <crypt.h>
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "sasl/fake_world.hpp"
#include "sasl/password_file.hpp"

namespace posthouse::sasl {
namespace {

const world::Deadline never = world::Deadline::never();

std::string hash_of(const char* password, const char* setting) {
    const auto data = std::make_unique<crypt_data>();
    return crypt_r(password, setting, data.get());
}

std::string plain(std::string_view user, std::string_view password, std::string_view act_as = {}) {
    std::string bytes(act_as);
    bytes += '\0';
    bytes += user;
    bytes += '\0';
    bytes += password;
    return base::base64_encode(bytes);
}

struct World {
    ImmediatePool pool;
    CountingRandom random;
    std::vector<std::string> warnings;
    ExchangeBackend backend = make("john:{SHA512-CRYPT}" + hash_of("summersun", "$6$salt") + "\nann:" + hash_of("x", "$5$salt") + ":1000:1000\n");

    ExchangeBackend make(const std::string& text, std::string realm = {}) {
        auto hashes = std::make_shared<const PasswordHashes>(parse_password_file(text, "/pw", [this](std::string line) { warnings.push_back(std::move(line)); }));
        return ExchangeBackend(std::make_unique<PasswordFile>(std::move(hashes), pool, pool), random, std::move(realm));
    }
    Step start(std::string mechanism, std::optional<std::string> initial) {
        return run_now(backend.begin({.mechanism = std::move(mechanism), .initial_response = std::move(initial)})->start(never));
    }
};

}  // namespace

TEST(password_file_backend, accepts_the_right_password_only) {
    World world;
    const Step right = world.start("PLAIN", plain("john", "summersun"));
    EXPECT_EQ(right.kind, Step::Kind::success);
    EXPECT_EQ(right.user, "john");
    EXPECT_EQ(world.start("plain", plain("ann", "x")).kind, Step::Kind::success);
    const Step wrong = world.start("PLAIN", plain("john", "wrong"));
    EXPECT_EQ(wrong.kind, Step::Kind::failure);
    EXPECT_EQ(wrong.text, "authentication failure");
    EXPECT_EQ(wrong.user, "john");
}

TEST(password_file_backend, an_unknown_user_costs_a_hash_too) {
    World world;
    EXPECT_EQ(world.start("PLAIN", plain("nobody", "summersun")).kind, Step::Kind::failure);
    EXPECT_EQ(world.start("PLAIN", plain("nobody", "x")).kind, Step::Kind::failure);
    EXPECT_EQ(world.pool.jobs, 2);
    EXPECT_EQ(run_now(world.make("").begin({.mechanism = "PLAIN", .initial_response = plain("a", "b")})->start(never)).kind, Step::Kind::failure);
}

TEST(password_file_backend, login_asks_for_name_and_password) {
    World world;
    const auto talk = world.backend.begin({.mechanism = "LOGIN"});
    EXPECT_EQ(run_now(talk->start(never)).text, "VXNlcm5hbWU6");
    EXPECT_EQ(run_now(talk->step("am9obg==", never)).text, "UGFzc3dvcmQ6");
    EXPECT_EQ(run_now(talk->step(base::base64_encode("summersun"), never)).kind, Step::Kind::success);
}

TEST(password_file_backend, malformed_answers_never_reach_the_password_check) {
    World world;
    EXPECT_EQ(world.start("GSSAPI", std::nullopt).text, invalid_mechanism);
    EXPECT_EQ(world.start("PLAIN", "!!!!").text, invalid_initial_response);
    EXPECT_EQ(world.start("PLAIN", "=").kind, Step::Kind::failure);
    EXPECT_EQ(world.start("PLAIN", plain("john", "")).kind, Step::Kind::failure);
    EXPECT_EQ(world.start("PLAIN", base::base64_encode("john")).kind, Step::Kind::failure);
    EXPECT_EQ(world.start("PLAIN", plain("john", "summersun", "ann")).kind, Step::Kind::failure);
    EXPECT_EQ(world.pool.jobs, 0);
    EXPECT_EQ(world.start("PLAIN", plain("john", "summersun", "john")).kind, Step::Kind::success);
    const auto talk = world.backend.begin({.mechanism = "PLAIN"});
    EXPECT_EQ(run_now(talk->start(never)).kind, Step::Kind::challenge);
    EXPECT_EQ(run_now(talk->step("***", never)).text, invalid_continued_response);
}

TEST(password_file_backend, offers_plain_and_login) {
    World world;
    const auto mechanisms = run_now(world.backend.mechanisms(never)).value();
    ASSERT_EQ(mechanisms.size(), 2U);
    EXPECT_EQ(mechanisms[0].name, "PLAIN");
    EXPECT_TRUE(permitted(mechanisms, *parse_security_options("noanonymous, noplaintext")).empty());
    EXPECT_EQ(permitted(mechanisms, *parse_security_options("noanonymous")).size(), 2U);
    EXPECT_FALSE(parse_security_options("nothing").has_value());
}

TEST(password_file, bad_lines_are_skipped_with_a_warning) {
    World world;
    (void)world.make("# x\n\njohn:plain\n:$6$a$b\njohn:$6$a$b\njohn:$6$c$d\n");
    ASSERT_EQ(world.warnings.size(), 3U);
    EXPECT_TRUE(world.warnings[0].starts_with("/pw, line 3: expected"));
    EXPECT_EQ(world.warnings[2], "/pw, line 6: duplicate user");
}

TEST(password_file, keys_of_scram_serve_every_mechanism) {
    // RFC 7677: "pencil".
    const std::string keys = "{SCRAM-SHA-256}4096,W22ZaJ0SNY7soEsUEjb6gQ==,WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";
    World world;
    ExchangeBackend backend = world.make("user:" + keys + ":1000\n", "example.org");
    EXPECT_TRUE(world.warnings.empty());
    EXPECT_EQ(run_now(backend.mechanisms(never)).value().size(), 4U);
    EXPECT_EQ(run_now(backend.begin({.mechanism = "PLAIN", .initial_response = plain("user", "pencil")})->start(never)).user, "user@example.org");
    EXPECT_EQ(run_now(backend.begin({.mechanism = "PLAIN", .initial_response = plain("user", "pen")})->start(never)).kind, Step::Kind::failure);
    EXPECT_EQ(run_now(backend.begin({.mechanism = "PLAIN", .initial_response = plain("nobody", "pencil")})->start(never)).kind, Step::Kind::failure);
    EXPECT_EQ(world.pool.jobs, 3);
    // Who is not known is told apart only by the failure at the end, and always gets the same salt.
    const auto ask = [&](const char* user) {
        const auto talk = backend.begin({.mechanism = "scram-sha-256", .initial_response = base::base64_encode(std::string("n,,n=") + user + ",r=abc")});
        const Step step = run_now(talk->start(never));
        EXPECT_EQ(step.kind, Step::Kind::challenge);
        const std::string text = base::base64_decode(step.text).value_or("");
        const Step end = run_now(talk->step(base::base64_encode("c=biws," + text.substr(0, text.find(',')) + ",p=" + base::base64_encode(std::string(32, 'x'))), never));
        EXPECT_EQ(end.kind, Step::Kind::failure);
        EXPECT_EQ(end.text, "authentication failure");
        EXPECT_EQ(end.user, std::string(user) + "@example.org");
        return text.substr(text.find(",s="));
    };
    EXPECT_NE(ask("user"), ask("nobody"));
    EXPECT_EQ(ask("nobody"), ask("nobody"));
    EXPECT_NE(ask("nobody"), ask("somebody"));
}

TEST(password_file, scram_is_offered_only_if_everybody_has_its_keys) {
    World world;
    const std::string text = "user:{SCRAM-SHA-256}4096,W22ZaJ0SNY7soEsUEjb6gQ==,WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=\n"
                             "ann:$6$a$b\nbad:{SCRAM-SHA-256}4096,x\n";
    ExchangeBackend backend = world.make(text);
    EXPECT_EQ(run_now(backend.mechanisms(never)).value().size(), 2U);
    ASSERT_EQ(world.warnings.size(), 1U);
    EXPECT_TRUE(world.warnings[0].starts_with("/pw, line 3: expected"));
    EXPECT_EQ(missing_scram_keys(parse_password_file(text, "/pw", {})), "SCRAM-SHA-256 is not offered: clients would choose it, and ann has no keys for it");
}

}  // namespace posthouse::sasl
