#include "verify/verifier.hpp"

#include <gtest/gtest.h>

#include <new>

#include "world/memory_world_test.hpp"
#include "world/nobody_test.hpp"

namespace posthouse::verify {
namespace {

using mail::Verification;
using State = Verification::State;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

class ManualClock final : public world::Clock {
public:
    [[nodiscard]] world::SteadyTime now() const override { return now_; }
    [[nodiscard]] world::WallTime wall_now() const override { return world::WallTime(seconds(1'000'000'000)) + now_.time_since_epoch(); }
    world::Task<void> sleep_until(world::SteadyTime time) override {
        while (now_ < time) {
            co_await moved_.wait();
        }
    }
    void advance(world::Duration by) {
        now_ += by;
        moved_.notify_all();
    }

private:
    world::SteadyTime now_;
    world::Signal moved_;
};

// A question waits until the test answers it.
class ScriptedProber final : public mail::Prober {
public:
    struct Question {
        std::string address, sender;
        std::shared_ptr<world::OneShot<mail::Outcome>> answer = std::make_shared<world::OneShot<mail::Outcome>>();
    };
    world::Task<mail::Outcome> probe(std::string address, mail::ReversePath sender, world::Core&) override {
        questions.push_back({std::move(address), sender.address()});
        const auto answer = questions.back().answer;
        co_return co_await answer->wait();
    }
    std::vector<Question> questions;
};

class Completing final : public mail::Router {
public:
    world::Task<mail::Route> resolve(std::string, mail::ReversePath) override { co_return mail::Route{}; }
    world::Task<mail::Validation> validate(std::string) override { co_return mail::Validation{}; }
    world::Task<mail::Route> classify(std::string) override { co_return mail::Route{}; }
    [[nodiscard]] std::string rewrite(std::string address) const override { return address.find('@') == std::string::npos ? address + "@here.example" : address; }
};

class Warnings final : public observe::EventSink {
public:
    void on(observe::Speaker, const observe::Event& event) override { lines.emplace_back(std::get<observe::Remark>(event).text); }
    std::vector<std::string> lines;
};

class VerifierTest : public ::testing::Test {
protected:
    VerifierTest() {
        settings.address_verify_map = "btree:/data/verify_cache";
        settings.address_verify_sender = "double-bounce";
        start();
    }
    ~VerifierTest() override { stop(); }
    void start() {
        verifier = std::make_unique<CachedVerifier>(CachedVerifier::Doors{[this]() -> mail::Prober& { return prober; }, router, events, files, line, core},
                                                    [this] {
                                                        if (failing > 0 && --failing == 0) {
                                                            throw std::bad_alloc();
                                                        }
                                                        return std::make_shared<const VerifySettings>(settings);
                                                    });
    }
    void stop() {
        if (verifier) {
            asking.cancel();  // sessions are stopped first
            line.run();
            stopping.spawn(verifier->stop());
            line.run();
            verifier.reset();
        }
    }
    struct Asked {
        std::optional<Verification> answer;
        [[nodiscard]] std::optional<State> state() const { return answer ? std::optional(answer->state) : std::nullopt; }
    };
    static world::Task<void> keep(CachedVerifier& of, std::string address, seconds patience, world::Core& asker, std::shared_ptr<Asked> into) {
        into->answer = co_await of.verify(std::move(address), patience, asker);
    }
    std::shared_ptr<Asked> ask(std::string address, seconds patience = seconds(6)) { return ask_from(core, std::move(address), patience); }
    std::shared_ptr<Asked> ask_from(world::Core& asker, std::string address, seconds patience = seconds(6)) {
        auto asked = std::make_shared<Asked>();
        asking.spawn(keep(*verifier, std::move(address), patience, asker, asked));
        line.run();
        return asked;
    }
    void answer(std::size_t question, mail::Outcome outcome) {
        prober.questions.at(question).answer->set(std::move(outcome));
        line.run();
    }
    void advance(world::Duration by) {
        clock.advance(by);
        line.run();
    }
    static mail::Outcome good() { return mail::Outcome::delivered("2.1.5", "250 2.1.5 Ok"); }
    static mail::Outcome bad() { return mail::Outcome::bounced("5.1.1", "host said: 550 no"); }

    ManualClock clock;
    world::memory::Line line;
    world::nobody::NoNetwork network;
    world::nobody::NoResolver resolver;
    world::nobody::Four random;
    world::Core core{0, line, clock, network, resolver, random}, other_core{1, line, clock, network, resolver, random};
    world::memory::MemoryFiles files;
    ScriptedProber prober;
    Completing router;
    Warnings events;
    VerifySettings settings;
    int failing = 0;  // the how many-th look at the settings from now on finds no memory; 0: none
    std::unique_ptr<CachedVerifier> verifier;
    world::TaskGroup asking, stopping;
};

}  // namespace

TEST_F(VerifierTest, one_probe_serves_all_who_ask) {
    const auto first = ask("x@Far.example");
    const auto second = ask_from(other_core, "x@far.example");
    ASSERT_EQ(prober.questions.size(), 1U);
    EXPECT_EQ(prober.questions[0].address, "x@far.example");
    EXPECT_EQ(prober.questions[0].sender, "double-bounce@here.example");
    EXPECT_EQ(first->state(), std::nullopt);
    answer(0, good());
    EXPECT_EQ(first->answer, (Verification{State::deliverable, "250 2.1.5 Ok"}));
    EXPECT_EQ(second->state(), State::deliverable);
    EXPECT_EQ(ask("x@far.example")->state(), State::deliverable);
    EXPECT_EQ(prober.questions.size(), 1U);
}

// Looks at the settings: by the load, by the cleaning (which nobody waits for), by the question, by the probe.
TEST_F(VerifierTest, who_asks_hears_to_come_later_when_there_is_no_memory_and_finds_the_answer_then) {
    for (const int fails_at : {1, 3, 4}) {
        for (world::Core* asker : {&core, &other_core}) {
            stop();
            files.files.clear();
            prober.questions.clear();
            start();
            failing = fails_at;
            const auto first = ask_from(*asker, "x@far.example");
            EXPECT_EQ(failing, 0) << fails_at;
            EXPECT_EQ(first->answer, (Verification{State::deferred, "address verification problem"})) << fails_at;
            const std::size_t asked = prober.questions.size();
            const auto second = ask_from(*asker, "y@far.example");
            ASSERT_EQ(prober.questions.size(), asked + 1) << fails_at;
            answer(asked, good());
            EXPECT_EQ(second->state(), State::deliverable) << fails_at;
        }
    }
}

TEST_F(VerifierTest, who_has_no_time_left_hears_that_it_is_under_way_and_finds_the_answer_later) {
    const auto hurried = ask("x@far.example", seconds(0));
    EXPECT_EQ(hurried->answer, (Verification{State::pending, "Address verification in progress"}));
    const auto patient = ask("x@far.example");
    advance(seconds(5));
    EXPECT_EQ(patient->state(), std::nullopt);
    advance(seconds(2));
    EXPECT_EQ(patient->state(), State::pending);
    answer(0, bad());
    EXPECT_EQ(ask("x@far.example", seconds(0))->answer, (Verification{State::undeliverable, "host said: 550 no"}));
    EXPECT_EQ(prober.questions.size(), 1U);
}

TEST_F(VerifierTest, an_old_answer_is_given_at_once_and_looked_at_again_meanwhile) {
    ask("x@far.example");
    answer(0, good());
    advance(days(8));
    EXPECT_EQ(ask("x@far.example")->state(), State::deliverable);
    ASSERT_EQ(prober.questions.size(), 2U);
    EXPECT_EQ(ask("x@far.example")->state(), State::deliverable);
    EXPECT_EQ(prober.questions.size(), 2U);
    answer(1, bad());
    EXPECT_EQ(ask("x@far.example")->state(), State::deliverable);  // until it does not count any more
}

TEST_F(VerifierTest, a_failure_that_is_not_to_be_remembered_is_told_to_those_who_wait) {
    settings.address_verify_negative_cache = false;
    const auto asked = ask("x@far.example");
    answer(0, bad());
    EXPECT_EQ(asked->state(), State::undeliverable);
    ask("x@far.example");
    EXPECT_EQ(prober.questions.size(), 2U);
}

TEST_F(VerifierTest, there_are_never_more_probes_than_the_limit_allows) {
    settings.address_verify_pending_request_limit = 2;
    ask("a@far.example", seconds(0));
    ask("b@far.example", seconds(0));
    EXPECT_EQ(ask("c@far.example")->answer, (Verification{State::deferred, "too many address verification requests"}));
    EXPECT_EQ(ask("a@far.example", seconds(0))->state(), State::pending);
    EXPECT_EQ(prober.questions.size(), 2U);
    answer(0, good());
    ask("c@far.example", seconds(0));
    EXPECT_EQ(prober.questions.size(), 3U);
}

TEST_F(VerifierTest, answers_survive_a_restart) {
    ask("good@far.example");
    answer(0, good());
    ask("bad@far.example");
    answer(1, bad());
    ASSERT_TRUE(files.files.contains("/data/verify_cache.records"));
    files.files["/data/verify_cache.records"] += "address name=cut@far.example state=deliv";  // by a crash
    stop();
    start();
    EXPECT_EQ(ask("good@far.example")->state(), State::deliverable);
    EXPECT_EQ(ask("bad@far.example")->state(), State::undeliverable);
    EXPECT_EQ(prober.questions.size(), 2U);
    ask("cut@far.example");
    answer(2, bad());
    stop();
    start();
    EXPECT_EQ(ask("cut@far.example")->state(), State::undeliverable);
}

TEST_F(VerifierTest, the_file_does_not_grow_without_end) {
    settings.address_verify_negative_expire_time = seconds(10);
    settings.address_verify_negative_refresh_time = seconds(5);
    for (std::size_t i = 0; i < 1100; ++i) {
        ask("x@far.example");
        answer(i, bad());
        advance(seconds(11));
    }
    const std::string& text = files.files.at("/data/verify_cache.records");
    EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 2 * 1010);
    EXPECT_FALSE(files.files.contains("/data/verify_cache.records.new"));
}

TEST_F(VerifierTest, cleaning_empties_the_file_of_what_does_not_count) {
    ask("x@far.example");
    answer(0, bad());
    ask("y@far.example");
    answer(1, good());
    advance(days(3) + hours(12));
    EXPECT_EQ(files.files.at("/data/verify_cache.records").find("x@far.example"), std::string::npos);
    EXPECT_NE(files.files.at("/data/verify_cache.records").find("y@far.example"), std::string::npos);
}

TEST_F(VerifierTest, without_a_file_answers_are_kept_in_memory) {
    settings.address_verify_map = "";
    ask("x@far.example");
    answer(0, good());
    EXPECT_EQ(ask("x@far.example")->state(), State::deliverable);
    EXPECT_TRUE(files.files.empty());
    EXPECT_TRUE(events.lines.empty());
}

TEST_F(VerifierTest, a_disk_that_refuses_is_complained_of_once_and_answers_are_given) {
    files.broken = true;
    for (std::size_t i = 0; i < 3; ++i) {
        ask("x" + std::to_string(i) + "@far.example");
        answer(i, good());
    }
    EXPECT_EQ(ask("x0@far.example")->state(), State::deliverable);
    EXPECT_EQ(events.lines, std::vector<std::string>{"address_verify_map: open /data/verify_cache.records: Permission denied"});
}

TEST_F(VerifierTest, a_type_that_cannot_hold_the_cache_is_named) {
    settings.address_verify_map = "memcache:/etc/postfix/verify.cf";
    ask("x@far.example", seconds(0));
    ASSERT_EQ(events.lines.size(), 1U);
    EXPECT_NE(events.lines[0].find("memcache"), std::string::npos);
}

TEST_F(VerifierTest, the_sender_of_probes_changes_with_the_time) {
    settings.address_verify_sender_ttl = hours(1);
    ask("a@far.example", seconds(0));
    advance(hours(1));
    ask("b@far.example", seconds(0));
    ASSERT_EQ(prober.questions.size(), 2U);
    EXPECT_NE(prober.questions[0].sender, prober.questions[1].sender);
    EXPECT_TRUE(prober.questions[0].sender.starts_with("double-bounce"));
    EXPECT_TRUE(prober.questions[0].sender.ends_with("@here.example"));
    settings.address_verify_sender = "";
    ask("c@far.example", seconds(0));
    EXPECT_EQ(prober.questions[2].sender, "");
}

TEST_F(VerifierTest, a_stop_while_the_file_is_being_read_ends) {
    asking.spawn(keep(*verifier, "x@far.example", seconds(6), core, std::make_shared<Asked>()));
    asking.cancel();
    stopping.spawn(verifier->stop());
    line.run();
    EXPECT_EQ(stopping.size(), 0U);
    verifier.reset();
}

TEST_F(VerifierTest, a_stop_does_not_wait_for_probes) {
    const auto asked = ask("x@far.example", seconds(0));
    stop();
    EXPECT_EQ(asked->state(), State::pending);
}

}  // namespace posthouse::verify
