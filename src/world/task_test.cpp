#include "world/task.hpp"

#include <gtest/gtest.h>

#include "world/race.hpp"
#include "world/signal.hpp"
#include "world/task_group.hpp"

namespace posthouse::world {
namespace {

Task<int> add(int a, int b) { co_return a + b; }

Task<void> count_up(int& counter, int times) {
    for (int i = 0; i < times; ++i) {
        counter = co_await add(counter, 1);
    }
}

Task<void> wait_then(Signal& signal, std::string& log, std::string text) {
    co_await signal.wait();
    log += text;
}

Task<int> value_of(OneShot<int>& cell) { co_return co_await cell.wait(); }

Task<void> record_race(OneShot<int>& a, OneShot<int>& b, std::string& log) {
    Task<int> left = value_of(a);
    Task<int> right = value_of(b);
    const auto first = co_await race(std::move(left), std::move(right));
    log += first.index() == 0 ? "a" : "b";
}

Task<void> shielded(Signal& signal, std::string& log) {
    Task<void> inner = wait_then(signal, log, "inner;");
    co_await uncancellable(std::move(inner));
    log += "after;";
    co_await signal.wait();
    log += "never;";
}

struct OnExit {
    std::string& log;
    ~OnExit() { log += "left;"; }
};
Task<void> leave(Signal& signal, std::string& log) {
    OnExit exit{log};
    co_await signal.wait();
    log += "woken;";
}

}  // namespace

TEST(task, a_million_synchronous_awaits_do_not_grow_the_stack) {
    TaskGroup group;
    int counter = 0;
    group.spawn(count_up(counter, 1'000'000));
    EXPECT_EQ(counter, 1'000'000);
}

TEST(task, cancellation_unwinds_through_destructors) {
    TaskGroup group;
    Signal signal;
    std::string log;
    group.spawn(leave(signal, log));
    group.spawn(leave(signal, log));
    EXPECT_EQ(group.size(), 2U);
    group.cancel();
    EXPECT_EQ(log, "left;left;");
    EXPECT_EQ(group.size(), 0U);
}

TEST(task, uncancellable_work_is_finished_before_the_task_leaves) {
    TaskGroup group;
    Signal signal;
    std::string log;
    group.spawn(shielded(signal, log));
    group.cancel();
    EXPECT_EQ(log, "");
    signal.notify_all();
    EXPECT_EQ(log, "inner;after;");
    EXPECT_EQ(group.size(), 0U);
}

TEST(task, a_race_ends_with_its_first_completion_and_cancels_the_other) {
    for (const bool left : {true, false}) {
        TaskGroup group;
        OneShot<int> a;
        OneShot<int> b;
        std::string log;
        group.spawn(record_race(a, b, log));
        (left ? a : b).set(1);
        EXPECT_EQ(log, left ? "a" : "b");
        EXPECT_EQ(group.size(), 0U);
    }
}

TEST(task, a_race_that_is_decided_already_or_cancelled_ends_too) {
    TaskGroup group;
    OneShot<int> a;
    OneShot<int> b;
    std::string log;
    a.set(1);
    group.spawn(record_race(a, b, log));
    EXPECT_EQ(log, "a");
    OneShot<int> c;
    OneShot<int> d;
    group.spawn(record_race(c, d, log));
    group.cancel();
    EXPECT_EQ(log, "a");
    EXPECT_EQ(group.size(), 0U);
}

// The racer's frame, and with it the state of the race, is freed as soon as both sides have ended.
TEST(task, a_race_is_not_touched_after_its_end) {
    struct Once {
        static Task<void> run(OneShot<int>& a, OneShot<int>& b, std::string& log) {
            Task<void> inner = record_race(a, b, log);
            co_await std::move(inner);
            log += ";";
        }
    };
    for (const int way : {0, 1, 2}) {
        TaskGroup group;
        OneShot<int> a;
        OneShot<int> b;
        std::string log;
        group.spawn(Once::run(a, b, log));
        if (way == 2) {
            group.cancel();
        } else {
            (way == 0 ? a : b).set(1);
        }
        EXPECT_EQ(log, way == 0 ? "a;" : way == 1 ? "b;" : "");
        EXPECT_EQ(group.size(), 0U);
    }
}

TEST(task, a_cancelled_race_waits_for_a_side_that_cannot_be_cancelled) {
    struct Sides {
        static Task<void> shield(Signal& signal, std::string& log) {
            Task<void> inner = wait_then(signal, log, "shielded;");
            co_await uncancellable(std::move(inner));
        }
        static Task<void> run(Signal& shielded_until, Signal& never, std::string& log) {
            Task<void> left = shield(shielded_until, log);
            Task<void> right = leave(never, log);
            co_await race(std::move(left), std::move(right));
            log += "raced;";
        }
    };
    TaskGroup group;
    Signal until;
    Signal never;
    std::string log;
    group.spawn(Sides::run(until, never, log));
    group.cancel();
    EXPECT_EQ(log, "left;");
    EXPECT_EQ(group.size(), 1U);
    until.notify_all();
    EXPECT_EQ(group.size(), 0U);
}

TEST(task, stop_waits_for_all) {
    TaskGroup outer;
    TaskGroup group;
    Signal signal;
    std::string log;
    group.spawn(shielded(signal, log));
    outer.spawn(group.stop());
    EXPECT_EQ(outer.size(), 1U);
    signal.notify_all();
    EXPECT_EQ(outer.size(), 0U);
}

}  // namespace posthouse::world
