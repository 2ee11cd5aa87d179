#include "sasl/cyrus_backend.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"
#include "sasl/fake_world.hpp"

namespace posthouse::sasl {
namespace {

const world::Deadline never = world::Deadline::never();

// Says "more" to the start and tells the client's line as the user.
class EchoLogin final : public CyrusLogin {
public:
    Step start(const AuthRequest& request) override { return {Step::Kind::challenge, request.mechanism, {}}; }
    Step step(std::string_view line) override {
        if (line == "throw") {
            throw std::runtime_error("out of luck");
        }
        return {Step::Kind::success, {}, std::string(line), {"a remark"}};
    }
};

// Keeps what it is given until it is told to work.
class LazyPool final : public world::BlockingPool {
public:
    void submit(world::Work work) override { waiting.push_back(std::move(work)); }
    std::vector<world::Work> waiting;
};

struct World {
    ImmediatePool pool;
    StandingClock clock;
    int logins = 0;
    CyrusBackend backend = on(pool);

    CyrusBackend on(world::BlockingPool& threads, world::BlockingLimits limits = {}) {
        std::vector<Mechanism> mechanisms{{"PLAIN", properties_of("PLAIN")}, {"SCRAM-SHA-256", {}}};
        return {std::move(mechanisms), [this] { return ++logins, std::make_shared<EchoLogin>(); }, std::make_shared<const LoginLine>(threads, limits), pool, clock};
    }
};

TEST(cyrus_backend, steps_are_made_by_the_library_in_the_pool) {
    World world;
    const auto talk = world.backend.begin({.mechanism = "plain"});
    EXPECT_EQ(run_now(talk->start(never)).text, "plain");
    const Step end = run_now(talk->step("joe", never));
    EXPECT_EQ(end.kind, Step::Kind::success);
    EXPECT_EQ(end.user, "joe");
    EXPECT_EQ(end.remarks.size(), 1U);
    EXPECT_EQ(world.pool.jobs, 2);
}

TEST(cyrus_backend, a_mechanism_that_is_not_offered_never_reaches_the_library) {
    World world;
    EXPECT_EQ(run_now(world.backend.begin({.mechanism = "GSSAPI"})->start(never)).text, invalid_mechanism);
    const AuthRequest plain{.mechanism = "PLAIN", .security_options = {.noplaintext = true}};
    EXPECT_EQ(run_now(world.backend.begin(plain)->start(never)).text, invalid_mechanism);
    EXPECT_EQ(run_now(world.backend.begin(plain)->step("eA==", never)).kind, Step::Kind::failure);
    EXPECT_EQ(world.logins, 0);
    EXPECT_EQ(run_now(world.backend.mechanisms(never)).value().size(), 2U);
}

TEST(cyrus_backend, an_exception_says_nothing_about_the_password) {
    World world;
    const auto talk = world.backend.begin({.mechanism = "PLAIN"});
    (void)run_now(talk->start(never));
    const Step step = run_now(talk->step("throw", never));
    EXPECT_EQ(step.kind, Step::Kind::temporary_failure);
    EXPECT_EQ(step.text, "the check of the password failed: out of luck");
}

TEST(cyrus_backend, a_step_without_an_answer_in_time_is_a_temporary_failure_and_never_begun_later) {
    World world;
    LazyPool lazy;
    CyrusBackend backend = world.on(lazy);
    const Step step = run_now(backend.begin({.mechanism = "PLAIN"})->start(never));  // the clock here is always late
    EXPECT_EQ(step.kind, Step::Kind::temporary_failure);
    EXPECT_EQ(step.text, "the check of the password failed: no answer in time");
    ASSERT_EQ(lazy.waiting.size(), 1U);
    lazy.waiting[0]();
}

TEST(cyrus_backend, no_more_threads_and_waiting_steps_than_the_limits_say) {
    World world;
    LazyPool lazy;
    CyrusBackend backend = world.on(lazy, {.threads = 1, .waiting = 2});
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(run_now(backend.begin({.mechanism = "PLAIN"})->start(never)).text, "the check of the password failed: no answer in time");
    }
    EXPECT_EQ(run_now(backend.begin({.mechanism = "PLAIN"})->start(never)).text, "the check of the password failed: too many wait already");
    EXPECT_EQ(lazy.waiting.size(), 1U);
    lazy.waiting[0]();
    (void)run_now(backend.begin({.mechanism = "PLAIN"})->start(never));
    EXPECT_EQ(lazy.waiting.size(), 2U);
}

}  // namespace
}  // namespace posthouse::sasl
