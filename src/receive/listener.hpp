#pragma once
// SmtpdListener: one smtpd row of master.cf on one core. Accepts, and owns the sessions.
#include <functional>
#include <memory>

#include "receive/session.hpp"
#include "receive/session_slots.hpp"
#include "world/task_group.hpp"

namespace posthouse::receive {

class SmtpdListener {
public:
    /// What a new session works with; asked at each accept, so a reload reaches new sessions only.
    using CurrentService = std::function<std::shared_ptr<const SmtpdService>()>;

    /// The row's slots, which it shares with its other cores and addresses.
    struct Slots {
        std::shared_ptr<SessionSlots> shared;
        std::size_t limit = 0;  // of the row; 0: none. Beyond it clients wait in the backlog
    };
    SmtpdListener(std::unique_ptr<world::Listener> listener, CurrentService current, SessionDoors doors, Slots slots);

    void start();
    /// After a reload; sessions that are too many by now finish.
    void use(std::size_t limit);
    /// Accepts nothing more; sessions finish.
    void close();
    /// Ends all: idle and busy sessions are told 421.
    world::Task<void> stop();
    [[nodiscard]] std::size_t sessions() const { return sessions_.size(); }

private:
    world::Task<void> accept_loop();
    /// With a slot that is its own.
    world::Task<void> serve(std::unique_ptr<world::Stream> stream);

    std::unique_ptr<world::Listener> listener_;
    CurrentService current_;
    SessionDoors doors_;
    Slots slots_;
    world::TaskGroup sessions_;
    world::TaskGroup accepting_;
};

}  // namespace posthouse::receive
