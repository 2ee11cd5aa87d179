#include "receive/listener.hpp"

#include "receive/scripted_session_test.hpp"

namespace posthouse::receive {

using scripted::Wire;
using scripted::WireListener;
using ListenerTest = scripted::ScriptedSession;

TEST_F(ListenerTest, a_listener_that_was_full_accepts_again_when_a_session_ends) {
    Wire first;
    first.input.emplace_back("NOOP\r\n");
    first.stays_open = true;
    Wire second;
    second.input.emplace_back("QUIT\r\n");
    std::deque<Wire*> clients{&first, &second};
    world::Signal idle;
    const auto service = make_service();
    SmtpdListener listener(std::make_unique<WireListener>(clients, idle), [service] { return service; }, doors(), 1);
    listener.start();
    EXPECT_EQ(listener.sessions(), 1U);
    EXPECT_TRUE(second.sent.empty());
    first.stays_open = false;
    first.silence.notify_all();
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
    SmtpdListener listener(std::make_unique<WireListener>(clients, idle), [service] { return service; }, doors(), 1);
    listener.start();
    ASSERT_TRUE(second.sent.empty());
    listener.use(2);
    EXPECT_EQ(codes(second.sent), (Codes{"220", "221"}));
    tasks.spawn(listener.stop());
    EXPECT_EQ(tasks.size(), 0U);
}

}  // namespace posthouse::receive
