// A backlog leaves room for new mail on a busy core, and is held up by nothing on an idle one.
#include "queue/scripted_queue_test.hpp"

namespace posthouse::queue {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

class PaceTest : public scripted::ScriptedQueue {
protected:
    PaceTest() { transports_.transport->settings.process_limit = 0; }
    /// Mail to many, one delivery each.
    void commit_patient(std::uint64_t first, std::size_t count) {
        for (std::uint64_t id = first; id < first + count; ++id) {
            std::vector<std::string> recipients;
            for (int i = 0; i < 20; ++i) {
                recipients.push_back("r" + std::to_string(i) + "@d" + std::to_string(id) + ".example");
            }
            queue_->committed(message(id, std::move(recipients)), cores_->core(0));
        }
    }
    /// As run(), but each turn takes so long.
    void run_busily(world::Duration turn) {
        auto& work = cores_->line.work;
        for (int turns = 0; !work.empty() && turns < 3000; ++turns) {
            auto next = std::move(work.front());
            work.pop_front();
            cores_->clock.advance(turn);
            next();
        }
    }
    void answer_all_running() {
        for (; answered_ < agent_->calls.size(); ++answered_) {
            agent_->calls[answered_].answer->set(sent());
        }
    }

private:
    std::size_t answered_ = 0;
};

}  // namespace

TEST_F(PaceTest, while_turns_come_late_few_patient_deliveries_run_and_prompt_ones_start_at_once) {
    make();
    start();
    commit_patient(100, 200);
    for (int round = 0; round < 8; ++round) {
        run_busily(milliseconds(5));
        EXPECT_GT(agent_->running, 0U) << "the backlog starves";
        EXPECT_LE(agent_->running, 16U);
        answer_all_running();
    }
    run_busily(milliseconds(5));
    EXPECT_LE(agent_->running, 4U);
    const std::size_t before = agent_->running;
    for (std::uint64_t id = 1000; id < 1020; ++id) {
        queue_->committed(message(id, {"a@d" + std::to_string(id) + ".example"}), cores_->core(0));
    }
    run_busily(milliseconds(5));
    EXPECT_EQ(agent_->running, before + 20);
}

TEST_F(PaceTest, on_an_idle_core_deliveries_that_never_end_hold_up_nobody) {
    make();
    start();
    commit_patient(100, 200);
    run();
    for (int i = 0; i < 100 && agent_->running < 200; ++i) {
        advance(milliseconds(10));
    }
    EXPECT_EQ(agent_->running, 200U);
}

TEST_F(PaceTest, all_of_a_backlog_is_delivered_whether_turns_come_late_or_not) {
    make();
    start();
    commit_patient(100, 300);
    for (int round = 0; round < 1000 && !spool_.messages.empty(); ++round) {
        run_busily(round % 20 < 10 ? milliseconds(5) : milliseconds(0));
        answer_all_running();
        advance(milliseconds(10));
    }
    EXPECT_TRUE(spool_.messages.empty());
}

TEST_F(PaceTest, a_process_limit_and_the_pace_together_start_everything_in_the_end) {
    transports_.transport->settings.process_limit = 6;
    make(2);
    start();
    commit_patient(100, 100);
    for (int round = 0; round < 1000 && !spool_.messages.empty(); ++round) {
        run_busily(round % 3 == 0 ? milliseconds(5) : milliseconds(0));
        EXPECT_LE(agent_->running, 6U);
        answer_all_running();
        advance(milliseconds(10));
    }
    EXPECT_TRUE(spool_.messages.empty());
}

TEST_F(PaceTest, a_stop_does_not_wait_for_what_rests) {
    make();
    start();
    commit_patient(100, 200);
    run_busily(milliseconds(5));
    ASSERT_LT(agent_->calls.size(), 200U);
    stop(seconds(0));
}

}  // namespace posthouse::queue
