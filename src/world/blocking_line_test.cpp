#include "world/blocking_line.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "world/task_group.hpp"

namespace posthouse::world {
namespace {

class Pool final : public BlockingPool, public Executor {
public:
    bool works = true;
    std::vector<Work> held;
    void submit(Work work) override {
        held.push_back(std::move(work));
        if (works) {
            run();
        }
    }
    void post(Work work) override { work(); }
    void run() {
        for (Work& work : std::exchange(held, {})) {
            work();
        }
    }
};

// Nothing else happens while somebody sleeps here, so time is over at once.
class StandingClock final : public Clock {
public:
    SteadyTime now() const override { return {}; }
    WallTime wall_now() const override { return {}; }
    Task<void> sleep_until(SteadyTime) override { co_return; }
};

struct Connection {
    int uses = 0;
};
using Line = BlockingLine<Connection>;
using Answer = base::Result<int>;

Task<void> keep(Task<Answer> task, Answer& into) { into = co_await std::move(task); }

class BlockingLines : public ::testing::Test {
protected:
    Answer ask(const Line& line, std::move_only_function<int(Connection&)> work) {
        Answer answer;
        TaskGroup group;
        group.spawn(keep(line.ask(std::move(work), pool_, clock_, Deadline::never()), answer));
        return answer;
    }
    static int use(Connection& connection) { return ++connection.uses; }
    Pool pool_;
    StandingClock clock_;
};

TEST_F(BlockingLines, a_connection_is_kept_from_one_work_to_the_next) {
    int made = 0;
    const Line line(pool_, {}, [&made] { return ++made, std::make_unique<Connection>(); });
    EXPECT_EQ(ask(line, use), 1);
    EXPECT_EQ(ask(line, use), 2);
    EXPECT_EQ(made, 1);
}

TEST_F(BlockingLines, work_without_an_answer_in_time_is_not_begun_later) {
    const Line line(pool_, {.threads = 1, .waiting = 2});
    pool_.works = false;
    int begun = 0;
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(ask(line, [&begun](Connection&) { return ++begun; }).error().kind, base::ErrorKind::timeout);
    }
    EXPECT_EQ(ask(line, use).error().kind, base::ErrorKind::limit);
    EXPECT_EQ(pool_.held.size(), 1U);
    pool_.works = true;
    pool_.run();
    EXPECT_EQ(begun, 0);
    EXPECT_EQ(ask(line, use), 1);
}

TEST_F(BlockingLines, an_exception_is_a_failure_of_this_work_only) {
    const Line line(pool_);
    const Answer answer = ask(line, [](Connection&) -> int { throw std::runtime_error("out of luck"); });
    EXPECT_EQ(answer.error().text, "out of luck");
    EXPECT_EQ(ask(line, use), 1);
}

TEST_F(BlockingLines, work_goes_on_without_the_line) {
    auto line = std::make_unique<Line>(pool_);
    pool_.works = false;
    EXPECT_FALSE(ask(*line, use).has_value());
    line.reset();
    pool_.run();
}

}  // namespace
}  // namespace posthouse::world
