#include <gtest/gtest.h>

#include "sim/oracles/attempt_judge.hpp"
#include "sim/oracles/load_judge.hpp"
#include "sim/oracles/session_judge.hpp"

namespace posthouse::sim {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

struct Watched {
    Scheduler scheduler{1};
    Ledger ledger;
    AttemptJudge judge{scheduler, ledger, {}};

    void active(std::string_view sender = "k-s@x") { judge.on(observe::MessageActive{"Q", sender, 1, 1}); }
    void deferred(double age) { attempted(age, "deferred"); }
    void attempted(double age, std::string_view status) {
        observe::DeliveryAttempted event;
        event.queue_id = "Q";
        event.recipient = "k-r0@x";
        event.delay_seconds = age;
        event.status = status;
        judge.on(event);
    }
    std::vector<std::string> said() { return ledger.problems({}); }
};

const auto always = [] { return true; };

}  // namespace

TEST(attempt_judge, a_message_may_be_tried_when_it_is_as_old_again) {
    Watched watched;
    watched.active();
    watched.deferred(1000);
    watched.scheduler.run_for(seconds{1000});
    watched.active();
    EXPECT_EQ(watched.said(), std::vector<std::string>{});
    watched.deferred(2000);
    watched.scheduler.run_for(seconds{1900});
    watched.active();
    EXPECT_EQ(watched.said(), std::vector<std::string>{"Q from <k-s@x> is tried 100 s before its time"});
}

TEST(attempt_judge, a_flush_a_crash_and_an_administrator_are_excuses) {
    for (int excuse = 0; excuse < 3; ++excuse) {
        Watched watched;
        watched.active();
        watched.deferred(1000);
        switch (excuse) {
            case 0: watched.judge.flushed(); break;
            case 1: watched.judge.crashed(); break;
            default: watched.judge.meddled("Q"); break;
        }
        watched.active();
        EXPECT_EQ(watched.said(), std::vector<std::string>{}) << excuse;
    }
}

TEST(attempt_judge, withdrawn_mail_is_not_tried_and_of_removed_mail_nobody_is_told) {
    for (const auto how : {AttemptJudge::Withdrawn::held, AttemptJudge::Withdrawn::removed}) {
        Watched watched;
        watched.active();
        watched.judge.withdrawn("Q", how);
        watched.judge.on(observe::NotificationSent{"Q", "sender non-delivery notification", "N"});
        const bool removed = how == AttemptJudge::Withdrawn::removed;
        EXPECT_EQ(watched.said().size(), removed ? 1U : 0U);
        watched.active();
        EXPECT_EQ(watched.said().size(), removed ? 2U : 1U);
        watched.judge.meddled("Q");
        watched.active();
        EXPECT_EQ(watched.said().size(), removed ? 2U : 1U);
    }
}

TEST(attempt_judge, a_message_past_its_lifetime_is_not_tried_again_and_a_young_one_does_not_expire) {
    Watched old;
    old.active();
    old.deferred(5 * 86'400.0 + 100);
    old.scheduler.run_for(hours{2});
    old.active();
    EXPECT_EQ(old.said().size(), 1U);
    Watched young;
    young.active();
    young.deferred(4 * 86'400.0);
    young.judge.on(observe::MessageExpired{"Q", "k-s@x"});
    EXPECT_EQ(young.said().size(), 1U);
}

TEST(load_judge, it_counts_by_destination_and_in_all_and_only_who_is_still_there) {
    Scheduler scheduler(1);
    std::vector<std::string> said;
    LoadJudge judge(scheduler, {.destination_concurrency = 1, .process_limit = 2}, [&said](std::string text) { said.push_back(std::move(text)); });
    bool alive = true;
    const auto first = judge.begin("a-r0@one.example", [&alive] { return alive; });
    const auto other = judge.begin("b-r0@two.example", always);
    EXPECT_EQ(said, std::vector<std::string>{});
    alive = false;
    const auto second = judge.begin("c-r0@one.example", always);
    EXPECT_EQ(said, std::vector<std::string>{});
    const auto third = judge.begin("d-r0@one.example", always);
    EXPECT_EQ(said, (std::vector<std::string>{"2 deliveries at a time to one.example, allowed are 1", "3 deliveries at a time, allowed are 2"}));
}

TEST(load_judge, the_pause_counts_from_the_end_of_another_message) {
    Scheduler scheduler(1);
    std::vector<std::string> said;
    LoadJudge judge(scheduler, {.rate_delay = seconds{10}}, [&said](std::string text) { said.push_back(std::move(text)); });
    const auto deliver = [&](const std::string& recipient) {
        const auto transaction = judge.begin(recipient, always);
        transaction->complete();
    };
    deliver("a-r0@one.example");
    deliver("a-r1@one.example");  // the next host
    scheduler.run_for(seconds{10});
    deliver("b-r0@one.example");
    deliver("c-r0@two.example");
    EXPECT_EQ(said, std::vector<std::string>{});
    scheduler.run_for(seconds{9});
    deliver("d-r0@one.example");
    EXPECT_EQ(said.size(), 1U);
}

TEST(ledger, notifications_come_only_to_those_who_want_them) {
    Ledger ledger;
    ledger.announce({.key = "k", .sender = "k-s@c", .notify = {{"k-r0@x", "NEVER"}, {"k-r1@x", "SUCCESS"}}});
    using Word = Ledger::Word;
    ledger.told("k", "k-r2@x", Word::failed);
    ledger.delivered("k", "k-r1@x", {}, Ledger::Duty::ours);
    ledger.accepted("k", "k-r1@x", {});
    ledger.told("k", "k-r1@x", Word::done);
    EXPECT_EQ(ledger.problems({}), std::vector<std::string>{});
    ledger.told("k", "k-r0@x", Word::failed);
    ledger.told("k", "k-r1@x", Word::delayed);
    ledger.told("k", "k-r2@x", Word::done);
    EXPECT_EQ(ledger.problems({}).size(), 4U);  // the last one was not delivered, either
}

TEST(ledger, a_success_is_told_by_whoever_is_the_last_to_know_dsn) {
    using Word = Ledger::Word;
    for (const bool passed_on : {false, true}) {
        for (const bool told : {false, true}) {
            Ledger ledger;
            ledger.announce({.key = "k", .sender = "k-s@c", .notify = {{"k-r0@x", "SUCCESS"}}});
            ledger.accepted("k", "k-r0@x", {});
            ledger.delivered("k", "k-r0@x", {}, passed_on ? Ledger::Duty::passed_on : Ledger::Duty::ours);
            if (told) {
                ledger.told("k", "k-r0@x", Word::done);
            }
            EXPECT_EQ(ledger.problems({}).size(), passed_on == told ? 1U : 0U) << passed_on << told;
        }
    }
}

TEST(ledger, a_notice_comes_once_unless_its_reply_was_not_seen) {
    Ledger ledger;
    ledger.announce({.key = "k", .sender = "k-s@c", .notify = {{"k-r0@x", "SUCCESS,DELAY"}}});
    ledger.accepted("k", "k-r0@x", {});
    ledger.delivered("k", "k-r0@x", {}, Ledger::Duty::ours);
    for (const auto word : {Ledger::Word::done, Ledger::Word::delayed}) {
        ledger.told("k", "k-r0@x", word);
        ledger.told("k", "k-r0@x", word);
    }
    EXPECT_EQ(ledger.problems({}).size(), 2U);
    ledger.notice_uncertain("k", "k-r0@x");
    EXPECT_EQ(ledger.problems({}), std::vector<std::string>{});
}

TEST(ledger, one_crash_hides_one_delivery_of_a_message_or_of_a_bounce) {
    for (const unsigned ends : {2U, 3U}) {
        Ledger ledger;
        ledger.announce({.key = "k", .sender = "k-s@c"});
        const world::SteadyTime now{};
        for (const char* recipient : {"k-r0@x", "k-r1@x"}) {
            ledger.accepted("k", recipient, now);
        }
        for (unsigned i = 0; i < ends; ++i) {
            ledger.delivered("k", "k-r0@x", now);
            ledger.bounced("k", "k-r1@x", now);
        }
        ledger.crashed(now);
        EXPECT_EQ(ledger.problems({}).size(), ends == 2 ? 0U : 2U) << ends;
    }
}

TEST(ledger, a_crash_excuses_a_notice_that_is_delivered_twice_and_none_that_is_made_twice) {
    for (const auto word : {Ledger::Word::failed, Ledger::Word::delayed, Ledger::Word::done}) {
        Ledger ledger;
        ledger.announce({.key = "k", .sender = "k-s@c", .notify = {{"k-r0@x", "FAILURE,DELAY,SUCCESS"}}});
        ledger.accepted("k", "k-r0@x", {});
        ledger.crashed({});
        ledger.bounced("k", "k-r0@x", {});
        ledger.noticed({"k", "k-r0@x"}, word, "<1@mta>");
        ledger.noticed({"k", "k-r0@x"}, word, "<1@mta>");
        EXPECT_EQ(ledger.problems({}), std::vector<std::string>{});
        ledger.noticed({"k", "k-r0@x"}, word, "<2@mta>");
        EXPECT_EQ(ledger.problems({}).size(), 1U);
        ledger.acceptance_uncertain("k", "k-r0@x");
        EXPECT_EQ(ledger.problems({}), std::vector<std::string>{});
    }
}

TEST(ledger, a_crash_before_the_first_known_acceptance_excuses_a_bounce_of_a_copy_handed_in_before) {
    for (const bool handed_in_before : {false, true}) {
        Ledger ledger;
        ledger.announce({.key = "k", .sender = "k-s@c"});
        const world::SteadyTime crash = world::SteadyTime{} + hours{1};
        ledger.crashed(crash);
        if (handed_in_before) {
            ledger.acceptance_uncertain("k", "k-r0@x");
        }
        ledger.accepted("k", "k-r0@x", crash + seconds{10});
        for (unsigned i = 0; i < (handed_in_before ? 3U : 2U); ++i) {
            ledger.bounced("k", "k-r0@x", crash + seconds{60});
        }
        EXPECT_EQ(ledger.problems({}).size(), handed_in_before ? 0U : 1U);
    }
}

TEST(attempt_judge, a_delay_is_told_at_its_time_and_not_before) {
    Watched watched{.judge = {watched.scheduler, watched.ledger, {.delay_warning_time = hours{2}}}};
    watched.ledger.announce({.key = "k", .sender = "k-s@x"});
    watched.ledger.accepted("k", "k-r0@x", {});
    watched.ledger.delivered("k", "k-r0@x", {});
    watched.active();
    watched.deferred(7000);
    watched.judge.on(observe::NotificationSent{"Q", "sender delay notification", "N"});
    EXPECT_EQ(watched.said(), std::vector<std::string>{"Q from <k-s@x>: a delay is reported at an age of 7000 s, delay_warning_time is 7200"});
    watched.scheduler.run_for(hours{2});
    watched.active();
    watched.deferred(14'000);
    watched.judge.on(observe::MessageRemoved{"Q"});
    EXPECT_EQ(watched.said().size(), 2U);
    watched.ledger.told("k", "k-r0@x", Ledger::Word::delayed);
    EXPECT_EQ(watched.said().size(), 1U);
}

TEST(session_judge, it_counts_whom_the_server_still_serves) {
    std::vector<std::string> said;
    SessionJudge judge(1, [&said](std::string problem) { said.push_back(std::move(problem)); });
    bool served = true;
    const auto first = judge.begin([&served] { return served; });
    served = false;
    const auto second = judge.begin(always);
    EXPECT_EQ(said, std::vector<std::string>{});
    const auto third = judge.begin(always);
    EXPECT_EQ(said, std::vector<std::string>{"2 clients were greeted at a time, allowed are 1"});
}

TEST(ledger, what_is_held_or_discarded_is_not_delivered) {
    Ledger ledger;
    ledger.announce({.key = "h", .sender = "h-s@c", .treatment = Submission::Treatment::hold});
    ledger.announce({.key = "d", .sender = "d-s@c", .treatment = Submission::Treatment::discard});
    ledger.accepted("d", "d-r0@x", {});
    ledger.accepted("h", "h-r0@x", {});
    EXPECT_FALSE(ledger.settled());
    ledger.release_held();
    ledger.delivered("h", "h-r0@x", {});
    EXPECT_TRUE(ledger.settled());
    EXPECT_EQ(ledger.problems({}), std::vector<std::string>{});
    ledger.delivered("d", "d-r0@x", {});
    EXPECT_EQ(ledger.problems({}).size(), 1U);
}

TEST(ledger, who_wants_no_notification_needs_none) {
    Ledger ledger;
    ledger.announce({.key = "k", .sender = "k-s@c", .notify = {{"k-r0@x", "NEVER"}}});
    ledger.accepted("k", "k-r0@x", {});
    EXPECT_EQ(ledger.problems({}).size(), 1U);
    ledger.given_up("k", "k-r0@x");
    EXPECT_EQ(ledger.problems({}), std::vector<std::string>{});
}

}  // namespace posthouse::sim
