#include "receive/listener.hpp"

#include "receive/scripted_session_test.hpp"

namespace posthouse::receive {

using scripted::Wire;
using scripted::WireListener;

class ListenerTest : public scripted::ScriptedSession {
protected:
    /// Cores whose messages wait until the test runs them, all with the same world.
    struct ManyCores final : world::Cores {
        struct Later final : world::Executor {
            void post(world::Work work) override { posted.push_back(std::move(work)); }
            std::deque<world::Work> posted;
        };
        explicit ManyCores(const world::Core& like) {
            for (std::size_t i = 0; i < 2; ++i) {
                cores.push_back({i, later, like.clock, like.network, like.resolver, like.random});
            }
        }
        [[nodiscard]] std::size_t count() const override { return cores.size(); }
        [[nodiscard]] world::Core& core(std::size_t index) override { return cores[index]; }
        void run() {
            while (!later.posted.empty()) {
                world::Work work = std::move(later.posted.front());
                later.posted.pop_front();
                work();
            }
        }
        Later later;
        std::deque<world::Core> cores;
    };
    SmtpdListener::Slots one_slot() { return {std::make_shared<SessionSlots>(cores), 1}; }
    ManyCores cores{doors().core};
};

TEST_F(ListenerTest, a_listener_that_was_full_accepts_again_when_a_session_ends) {
    Wire first;
    first.input.emplace_back("NOOP\r\n");
    first.stays_open = true;
    Wire second;
    second.input.emplace_back("QUIT\r\n");
    std::deque<Wire*> clients{&first, &second};
    world::Signal idle;
    const auto service = make_service();
    SmtpdListener listener(std::make_unique<WireListener>(clients, idle), [service] { return service; }, doors(), one_slot());
    listener.start();
    EXPECT_EQ(listener.sessions(), 1U);
    EXPECT_TRUE(second.sent.empty());
    first.stays_open = false;
    first.silence.notify_all();
    cores.run();
    EXPECT_EQ(codes(second.sent), (Codes{"220", "221"}));
    tasks.spawn(listener.stop());
    EXPECT_EQ(tasks.size(), 0U);
}

TEST_F(ListenerTest, a_reload_that_allows_more_sessions_lets_the_next_client_in) {
    Wire first;
    first.stays_open = true;
    Wire second;
    second.input.emplace_back("QUIT\r\n");
    std::deque<Wire*> clients{&first, &second};
    world::Signal idle;
    const auto service = make_service();
    SmtpdListener listener(std::make_unique<WireListener>(clients, idle), [service] { return service; }, doors(), one_slot());
    listener.start();
    ASSERT_TRUE(second.sent.empty());
    listener.use(2);
    EXPECT_EQ(codes(second.sent), (Codes{"220", "221"}));
    tasks.spawn(listener.stop());
    EXPECT_EQ(tasks.size(), 0U);
}

// master_cf(5): maxproc is of the row, however many cores and addresses it is spread over.
TEST_F(ListenerTest, two_listeners_of_a_row_never_have_more_sessions_than_the_row_may) {
    Wire first;
    first.input.emplace_back("NOOP\r\n");
    first.stays_open = true;
    Wire second;
    second.input.emplace_back("QUIT\r\n");
    std::deque<Wire*> here{&first};
    std::deque<Wire*> there{&second};
    world::Signal idle_here;
    world::Signal idle_there;
    const auto service = make_service();
    const SmtpdListener::Slots shared = one_slot();
    SmtpdListener one(std::make_unique<WireListener>(here, idle_here), [service] { return service; }, doors(), shared);
    SmtpdListener other(std::make_unique<WireListener>(there, idle_there), [service] { return service; }, doors(), shared);
    one.start();
    other.start();
    EXPECT_EQ(one.sessions(), 1U);
    EXPECT_EQ(other.sessions(), 0U);
    EXPECT_TRUE(second.sent.empty());
    first.stays_open = false;
    first.silence.notify_all();
    cores.run();
    EXPECT_EQ(codes(second.sent), (Codes{"220", "221"}));
    tasks.spawn(one.stop());
    tasks.spawn(other.stop());
    EXPECT_EQ(tasks.size(), 0U);
}

}  // namespace posthouse::receive
