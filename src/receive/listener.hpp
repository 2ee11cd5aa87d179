#pragma once
// SmtpdListener: one smtpd row of master.cf on one core. Accepts, and owns the sessions.
#include <functional>
#include <memory>

#include "receive/session.hpp"
#include "receive/session_places.hpp"
#include "world/task_group.hpp"

namespace posthouse::receive {

class SmtpdListener {
public:
    /// What a new session works with; asked at each accept, so a reload reaches new sessions only.
    using CurrentService = std::function<std::shared_ptr<const SmtpdService>(Load)>;

    /// `places`: shared with the service's other listeners. When there is none, clients wait in the backlog.
    SmtpdListener(std::unique_ptr<world::Listener> listener, CurrentService current, SessionDoors doors, std::shared_ptr<SessionPlaces> places);

    void start();
    /// Accepts nothing more; sessions finish.
    void close();
    /// Ends all: idle and busy sessions are told 421.
    world::Task<void> stop();
    [[nodiscard]] std::size_t sessions() const { return sessions_.size(); }

private:
    world::Task<void> accept_loop();
    world::Task<void> accept_all();
    world::Task<void> serve(std::unique_ptr<world::Stream> stream, SessionPlaces::Place place);

    std::unique_ptr<world::Listener> listener_;
    CurrentService current_;
    SessionDoors doors_;
    std::shared_ptr<SessionPlaces> places_;
    world::TaskGroup sessions_;
    world::TaskGroup accepting_;
};

}  // namespace posthouse::receive
