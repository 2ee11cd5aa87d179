#include "app/reach_watch.hpp"

#include <gtest/gtest.h>

#include "world/signal.hpp"
#include "world/task_group.hpp"

namespace posthouse::app {
namespace {

// A clock whose sleepers wake when the test says so.
class StepClock final : public world::Clock {
public:
    [[nodiscard]] world::SteadyTime now() const override { return {}; }
    [[nodiscard]] world::WallTime wall_now() const override { return {}; }
    world::Task<void> sleep_until(world::SteadyTime) override { co_await step_.wait(); }
    void step() { step_.notify_all(); }

private:
    world::Signal step_;
};

class Lines final : public observe::EventSink {
public:
    void on(observe::Speaker, const observe::Event& event) override { lines.emplace_back(std::get<observe::Remark>(event).text); }
    std::vector<std::string> lines;
};

class ReachWatchTest : public ::testing::Test {
protected:
    ReachWatchTest() { tasks.spawn(watch.run()); }
    ~ReachWatchTest() override { tasks.cancel(); }
    void look(int times) {
        for (int i = 0; i < times; ++i) {
            clock.step();
        }
    }
    base::Result<void> make_way() {
        ++asked;
        return error.empty() ? base::Result<void>() : base::fail(base::ErrorKind::unavailable, error);
    }

    std::string beyond, error;
    bool as_in_use = true;
    int asked = 0;
    StepClock clock;
    Lines log;
    ReachWatch watch{{[this] { return beyond; }, [this] { return as_in_use; }, [this] { return make_way(); }, clock, log}};
    world::TaskGroup tasks;
};

TEST_F(ReachWatchTest, a_file_that_was_replaced_brings_a_successor_when_all_is_calm) {
    look(3);
    EXPECT_EQ(asked, 0);
    beyond = "/etc/group";
    look(1);
    beyond = "/etc/passwd";
    look(1);
    EXPECT_EQ(asked, 0);
    look(1);
    EXPECT_EQ(asked, 1);
    EXPECT_EQ(log.lines, std::vector<std::string>{"/etc/passwd is another one than at the start of this process, which may not open it: a new one takes over"});
    look(1);  // the end of the pause: the successor did not come up
    EXPECT_EQ(asked, 1);
    look(1);
    EXPECT_EQ(asked, 2);
}

TEST_F(ReachWatchTest, a_configuration_that_is_half_edited_is_not_used) {
    as_in_use = false;
    beyond = "/etc/passwd";
    look(10);
    EXPECT_EQ(asked, 0);
    ASSERT_EQ(log.lines.size(), 1U);
    EXPECT_NE(log.lines[0].find("run \"postfix reload\""), std::string::npos);
    as_in_use = true;
    look(1);
    EXPECT_EQ(asked, 1);
}

TEST_F(ReachWatchTest, what_stands_against_a_successor_is_told) {
    error = "one is under way";
    beyond = "/etc/passwd";
    look(2);
    EXPECT_EQ(log.lines, std::vector<std::string>{"/etc/passwd is another one than at the start of this process, which may not open it; no new one takes over, run \"postfix reload\": one is under way"});
}

}  // namespace
}  // namespace posthouse::app
