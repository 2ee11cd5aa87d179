#include "receive/listener.hpp"

#include "receive/scripted_session_test.hpp"

namespace posthouse::receive {

using scripted::Wire;
using scripted::WireListener;
using std::chrono::seconds;

class ListenerTest : public scripted::ScriptedSession {
protected:
    SmtpdListener make_listener(std::deque<Wire*>& clients) {
        return {std::make_unique<WireListener>(clients, idle), [service = make_service()](Load) { return service; }, doors(), places};
    }
    std::shared_ptr<SessionPlaces> make_places(std::size_t limit, std::size_t process_limit = 0) {
        return std::make_shared<SessionPlaces>(cores, "smtp", "25", limit, std::make_shared<const ProcessPlaces>(cores, ProcessBound{process_limit, "there is no more"}));
    }
    static constexpr world::SteadyTime begin{};

    scripted::OneCore cores{doors().core};
    world::Signal idle;
    std::shared_ptr<SessionPlaces> places = make_places(1);
};

TEST_F(ListenerTest, a_listener_that_was_full_accepts_again_when_a_session_ends) {
    Wire first;
    first.input.emplace_back("NOOP\r\n");
    first.stays_open = true;
    Wire second;
    second.input.emplace_back("QUIT\r\n");
    std::deque<Wire*> clients{&first, &second};
    SmtpdListener listener = make_listener(clients);
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
    SmtpdListener listener = make_listener(clients);
    listener.start();
    ASSERT_TRUE(second.sent.empty());
    places->use(2);
    EXPECT_EQ(codes(second.sent), (Codes{"220", "221"}));
    tasks.spawn(listener.stop());
    EXPECT_EQ(tasks.size(), 0U);
}

TEST_F(ListenerTest, two_addresses_of_a_service_share_its_process_limit) {
    Wire first;
    first.stays_open = true;
    Wire second;
    second.input.emplace_back("QUIT\r\n");
    std::deque<Wire*> here{&first};
    std::deque<Wire*> there{&second};
    SmtpdListener one = make_listener(here);
    SmtpdListener other = make_listener(there);
    one.start();
    other.start();
    EXPECT_TRUE(second.sent.empty());
    first.stays_open = false;
    first.silence.notify_all();
    EXPECT_EQ(codes(second.sent), (Codes{"220", "221"}));
    tasks.spawn(one.stop());
    tasks.spawn(other.stop());
    EXPECT_EQ(tasks.size(), 0U);
}

TEST_F(ListenerTest, a_process_without_descriptors_lets_clients_wait_too) {
    places = make_places(0, 1);
    Wire first;
    first.stays_open = true;
    Wire second;
    second.input.emplace_back("QUIT\r\n");
    std::deque<Wire*> clients{&first, &second};
    SmtpdListener listener = make_listener(clients);
    listener.start();
    EXPECT_TRUE(second.sent.empty());
    first.stays_open = false;
    first.silence.notify_all();
    EXPECT_EQ(codes(second.sent), (Codes{"220", "221"}));
    tasks.spawn(listener.stop());
    EXPECT_EQ(tasks.size(), 0U);
}

TEST_F(ListenerTest, whoever_takes_the_last_place_brings_a_thousand_seconds_of_stress_and_one_warning) {
    places = make_places(2);
    world::TaskGroup group;
    std::vector<SessionPlaces::Place> held;
    struct Enter {
        static world::Task<void> one(SessionPlaces& where, std::vector<SessionPlaces::Place>& into) {
            world::Task<SessionPlaces::Place> entering = where.enter(0);
            into.push_back(co_await std::move(entering));
        }
    };
    group.spawn(Enter::one(*places, held));
    EXPECT_TRUE(places->note_taken(begin).empty());
    EXPECT_EQ(places->load(begin), Load::normal);
    group.spawn(Enter::one(*places, held));
    EXPECT_EQ(places->note_taken(begin).at(0), "service \"smtp\" (25) has reached its process limit \"2\": new clients may experience noticeable delays");
    EXPECT_EQ(places->load(begin + seconds{999}), Load::stress);
    EXPECT_TRUE(places->note_taken(begin + seconds{500}).empty());  // longer, but said once
    EXPECT_EQ(places->load(begin + seconds{1499}), Load::stress);
    held.clear();
    EXPECT_EQ(places->load(begin + seconds{1500}), Load::normal);
    EXPECT_EQ(group.size(), 0U);
}

TEST_F(ListenerTest, a_client_that_is_refused_again_and_again_hears_of_it_late_and_without_a_place) {
    settings.smtpd_client_connection_rate_limit = 1;
    settings.smtpd_soft_error_limit = 2;
    std::deque<Wire> wires(6);
    std::deque<Wire*> clients;
    for (Wire& wire : wires) {
        clients.push_back(&wire);
    }
    wires[0].input.emplace_back("QUIT\r\n");
    std::vector<std::size_t> taken;
    clock.on_sleep = [&] { taken.push_back(places->taken()); };
    SmtpdListener listener = make_listener(clients);
    listener.start();
    EXPECT_EQ(codes(wires[0].sent), (Codes{"220", "221"}));
    for (std::size_t i = 1; i < wires.size(); ++i) {
        EXPECT_EQ(codes(wires[i].sent), Codes{"421"}) << i;
    }
    EXPECT_EQ(taken, (std::vector<std::size_t>{0, 0, 0})) << "two were refused at once";
    EXPECT_EQ(clock.now() - begin, seconds{3});
    tasks.spawn(listener.stop());
    EXPECT_EQ(tasks.size(), 0U);
}

TEST_F(ListenerTest, as_few_may_wait_for_a_refusal_as_the_process_has_room_for) {
    places = make_places(10, 8);
    std::vector<SessionPlaces::Place> waiting(3);
    EXPECT_TRUE(places->step_aside(waiting[0]) && places->step_aside(waiting[1]));
    EXPECT_FALSE(places->step_aside(waiting[2]));
    waiting[0] = {};
    EXPECT_TRUE(places->step_aside(waiting[2]));
}

TEST_F(ListenerTest, clients_that_come_under_stress_get_the_service_for_it) {
    Wire only;
    only.input.emplace_back("QUIT\r\n");
    std::deque<Wire*> clients{&only};
    std::vector<Load> asked;
    SmtpdListener listener(std::make_unique<WireListener>(clients, idle),
                           [&asked, service = make_service()](Load load) {
                               asked.push_back(load);
                               return service;
                           },
                           doors(), places);
    listener.start();
    EXPECT_EQ(asked, std::vector<Load>{Load::stress});  // the only place is the last
    tasks.spawn(listener.stop());
    EXPECT_EQ(tasks.size(), 0U);
}

}  // namespace posthouse::receive
