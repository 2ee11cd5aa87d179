// Rows of the spool that cannot be decoded: they wait for an administrator, and nothing waits for them.
#include "queue/scripted_queue_test.hpp"

namespace posthouse::queue {

using std::chrono::seconds;

class DamagedRowsTest : public scripted::ScriptedQueue {
protected:
    void damage(std::uint64_t id, mail::QueueName queue) {
        message(id, {});
        spool_.messages.at(id).queue = queue;
        spool_.messages.at(id).damaged = true;
        spool_.messages.at(id).next_attempt = cores_->clock.wall_now();
    }
    std::size_t warnings_of(std::string_view what) const {
        return static_cast<std::size_t>(std::ranges::count_if(events_.remarks, [&](const std::string& line) { return line.find(what) != std::string::npos; }));
    }
};

TEST_F(DamagedRowsTest, one_that_is_due_is_warned_of_once_and_keeps_no_other_mail_waiting) {
    make();
    damage(10, mail::QueueName::deferred);
    damage(11, mail::QueueName::deferred);
    message(12, {"a@one.example"});
    spool_.messages.at(12).queue = mail::QueueName::deferred;
    spool_.messages.at(12).next_attempt = cores_->clock.wall_now() + seconds(1);
    start();
    const std::size_t reads = spool_.due_reads;
    for (int millisecond = 0; millisecond < 500; ++millisecond) {
        advance(std::chrono::milliseconds(1));
    }
    EXPECT_EQ(spool_.due_reads, reads);  // it sleeps until the next is due
    advance(seconds(1));
    ASSERT_EQ(agent_->calls.size(), 1U);
    EXPECT_EQ(agent_->calls[0].id.value, 12U);
    queue_->on_core(0).flush();  // all are read once more
    run();
    EXPECT_EQ(warnings_of("damaged in the spool"), 2U);
    EXPECT_TRUE(spool_.messages.contains(10));
    EXPECT_TRUE(spool_.messages.contains(11));
    answer(0, sent());
    EXPECT_EQ(queue_->on_core(0).active_count(), 0U);
}

TEST_F(DamagedRowsTest, one_among_fresh_mail_is_warned_of_and_passed_over) {
    make();
    damage(10, mail::QueueName::active);
    message(11, {"a@one.example"});
    start();
    ASSERT_EQ(agent_->calls.size(), 1U);
    EXPECT_EQ(agent_->calls[0].id.value, 11U);
    EXPECT_EQ(warnings_of("damaged in the spool"), 1U);
    EXPECT_TRUE(spool_.messages.contains(10));
}

TEST_F(DamagedRowsTest, an_administrator_can_hold_release_and_remove_it_and_nothing_else) {
    using Action = CoreQueue::AdminAction;
    make();
    damage(10, mail::QueueName::deferred);
    start();
    EXPECT_FALSE(administer(10, Action::flush));
    EXPECT_FALSE(administer(10, Action::expire));
    EXPECT_TRUE(administer(10, Action::hold));
    EXPECT_EQ(spool_.messages.at(10).queue, mail::QueueName::hold);
    EXPECT_TRUE(administer(10, Action::release));
    EXPECT_TRUE(administer(10, Action::remove));
    EXPECT_TRUE(spool_.messages.empty());
}

}  // namespace posthouse::queue
