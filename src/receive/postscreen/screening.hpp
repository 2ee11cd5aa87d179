#pragma once
// Screening: one client at a postscreen row, from its arrival until it is gone or may go on to a session. Lives on the core that
// accepted it. The order of the looks is in screening.cpp, what happens before the greeting in early_tests.cpp, what after it in
// dummy_engine.cpp (postscreen(8), POSTSCREEN_README).
#include "receive/postscreen/conversation.hpp"
#include "receive/postscreen/dnsbl_lookup.hpp"
#include "receive/postscreen/test_results.hpp"

namespace posthouse::receive::postscreen {

class Screening {
public:
    Screening(std::shared_ptr<const Screen> screen, world::Core& core, observe::EventSink& events, std::unique_ptr<world::Stream> stream);

    /// Null: the client is gone. Otherwise it passed, and the stream is as the client knows it.
    world::Task<std::unique_ptr<world::Stream>> run();
    /// A client that passed counts as one that waits for a session, as long as this object lives.
    void wait_for_session() { visit_.wait_for_session(); }

private:
    enum class Next : std::uint8_t { go_on, stop };

    // screening.cpp
    world::Task<void> examine();
    [[nodiscard]] bool has_room();
    world::Task<Next> ask_access_list();
    /// What was found out before; true: the client is known.
    bool recall();
    world::Task<void> look_at_address();
    void conclude();
    world::Task<void> say_goodbye();
    void drop(smtp::Reply reply);
    void log(std::string_view text) const { events_.info(settings_.label, text); }

    // early_tests.cpp
    world::Task<Next> early_tests();
    world::Task<Next> wait_for_early_tests(DnsblLookup& lookup, world::SteadyTime end);
    world::Task<Next> hear(DnsblLookup& lookup, world::SteadyTime end);
    Next spoke_too_early();
    world::Task<Next> judge_early_tests(DnsblScore score);
    world::Task<Next> judge_dnsbl(DnsblScore score);
    world::Task<smtp::Reply> dnsbl_reply(int code, std::string domain);
    void take_score(const DnsblScore& score);
    void hung_up();

    [[nodiscard]] std::int64_t wall_seconds() const;
    [[nodiscard]] double elapsed() const { return std::chrono::duration<double>(core_.clock.now() - phase_began_).count(); }

    const std::shared_ptr<const Screen> screen_;
    const ScreenSettings& settings_;
    world::Core& core_;
    observe::EventSink& events_;
    Conversation talk_;
    const base::IpAddress address_;
    const std::string client_;  // "[192.0.2.1]:1025"
    Visit visit_;
    TestResults results_;
    world::SteadyTime phase_began_{};
    bool scored_ = false;
    bool concluded_ = false;
};

}  // namespace posthouse::receive::postscreen
