#include "sim/scheduler.hpp"

#include <gtest/gtest.h>

#include "sim/sim_clock.hpp"
#include "sim/sim_cores.hpp"
#include "sim/sim_pool.hpp"
#include "sim/world.hpp"
#include "world/task_group.hpp"

namespace posthouse::sim {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

std::string order_of_ten_events(std::uint64_t seed) {
    Scheduler scheduler(seed);
    std::string order;
    for (char c = '0'; c <= '9'; ++c) {
        scheduler.after(seconds(1), [&order, c] { order += c; });
    }
    scheduler.run_for(seconds(2));
    return order;
}

world::Task<void> sleep_and_log(SimClock& clock, Duration duration, std::string& log, std::string text) {
    co_await clock.sleep_for(duration);
    log += text;
}

world::Task<void> ask_pool(world::BlockingPool& pool, world::Executor& home, int& answer) {
    answer = co_await world::off_core(pool, home, [] { return 42; });
}

}  // namespace

TEST(scheduler, the_seed_decides_the_order_of_events_of_one_moment) {
    EXPECT_EQ(order_of_ten_events(1), order_of_ten_events(1));
    EXPECT_NE(order_of_ten_events(1), order_of_ten_events(2));
}

TEST(scheduler, time_passes_only_in_events_and_never_backwards) {
    Scheduler scheduler(1);
    const SteadyTime start = scheduler.now();
    std::string log;
    scheduler.after(hours(24), [&] { log += "day;"; });
    const EventId cancelled = scheduler.after(hours(1), [&] { log += "never;"; });
    scheduler.after(hours(-5), [&] { log += "at once;"; });
    EXPECT_TRUE(scheduler.cancel(cancelled));
    EXPECT_FALSE(scheduler.cancel(cancelled));
    scheduler.run_for(hours(2));
    EXPECT_EQ(log, "at once;");
    EXPECT_EQ(scheduler.now() - start, hours(2));
    EXPECT_TRUE(scheduler.run_until([&] { return log.ends_with("day;"); }, hours(100)));
    EXPECT_EQ(scheduler.now() - start, hours(24));
    EXPECT_FALSE(scheduler.step());
}

TEST(scheduler, a_loop_that_never_waits_is_found_out) {
    Scheduler scheduler(1);
    std::function<void()> again = [&] { scheduler.after(seconds(0), [&] { again(); }); };
    again();
    EXPECT_THROW(scheduler.run_for(seconds(1)), std::runtime_error);
}

TEST(sim_clock, sleepers_wake_in_time_and_can_be_cancelled) {
    Scheduler scheduler(3);
    SimClock clock(scheduler);
    std::string log;
    world::TaskGroup group;
    group.spawn(sleep_and_log(clock, seconds(2), log, "b"));
    group.spawn(sleep_and_log(clock, seconds(1), log, "a"));
    scheduler.run_for(seconds(3));
    EXPECT_EQ(log, "ab");
    group.spawn(sleep_and_log(clock, seconds(1), log, "c"));
    group.cancel();
    EXPECT_EQ(group.size(), 0U);
    EXPECT_TRUE(scheduler.idle());
    EXPECT_EQ(log, "ab");
}

TEST(sim_clock, the_wall_may_jump_while_steady_time_does_not_notice) {
    Scheduler scheduler(3);
    SimClock clock(scheduler);
    const auto steady = clock.now();
    const auto wall = clock.wall_now();
    scheduler.jump_wall(-hours(1));
    scheduler.run_for(seconds(5));
    EXPECT_EQ(clock.now() - steady, seconds(5));
    EXPECT_EQ(clock.wall_now() - wall, seconds(5) - hours(1));
}

TEST(sim_cores, a_core_runs_what_was_posted_in_order) {
    World world(4);
    HostsFile hosts;
    SimCores cores(world.scheduler, world.internet, std::make_shared<Incarnation>(), world.zones, hosts, 2);
    std::string logs[2];
    for (char c = 'a'; c <= 'z'; ++c) {
        for (std::size_t i = 0; i < 2; ++i) {
            cores.core(i).executor.post([&logs, i, c] { logs[i] += c; });
        }
    }
    world.scheduler.run_for(seconds(1));
    EXPECT_EQ(logs[0], "abcdefghijklmnopqrstuvwxyz");
    EXPECT_EQ(logs[1], logs[0]);
}

TEST(sim_pool, one_thread_keeps_the_order_and_results_come_home) {
    World world(5);
    HostsFile hosts;
    SimCores cores(world.scheduler, world.internet, std::make_shared<Incarnation>(), world.zones, hosts, 1);
    SimPool pool(world.scheduler, 1);
    std::string log;
    for (char c = 'a'; c <= 'z'; ++c) {
        pool.submit([&log, c] { log += c; });
    }
    world::TaskGroup group;
    int answer = 0;
    group.spawn(ask_pool(pool, cores.core(0).executor, answer));
    EXPECT_EQ(answer, 0);
    world.scheduler.run_for(seconds(5));
    EXPECT_EQ(log, "abcdefghijklmnopqrstuvwxyz");
    EXPECT_EQ(answer, 42);
}

}  // namespace posthouse::sim
