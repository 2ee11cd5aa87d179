#pragma once
// SmtpdListener: one smtpd or postscreen row of master.cf on one core. Accepts, and owns the sessions.
#include <functional>
#include <memory>

#include "receive/postscreen/screen.hpp"
#include "receive/session.hpp"
#include "receive/session_places.hpp"
#include "world/task_group.hpp"

namespace posthouse::receive {

/// What a client gets that was accepted: a session, or at a postscreen row a look at it first.
struct Reception {
    Reception() = default;
    Reception(std::shared_ptr<const SmtpdService> smtpd) : service(std::move(smtpd)) {}
    Reception(std::shared_ptr<const postscreen::Screen> in_front) : screen(std::move(in_front)) {}
    std::shared_ptr<const SmtpdService> service;
    std::shared_ptr<const postscreen::Screen> screen;  // null: there is none, and `service` is set
    [[nodiscard]] const std::string& label() const { return screen ? screen->settings->label : service->settings->label; }
};

class SmtpdListener {
public:
    /// What a new session works with; asked at each accept, so a reload reaches new sessions only.
    using CurrentService = std::function<Reception(Load)>;

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
    world::Task<void> receive(std::unique_ptr<world::Stream> stream, SessionPlaces::Place place);
    world::Task<void> serve(std::shared_ptr<const SmtpdService> service, std::unique_ptr<world::Stream> stream, SessionPlaces::Place place);

    std::unique_ptr<world::Listener> listener_;
    CurrentService current_;
    SessionDoors doors_;
    std::shared_ptr<SessionPlaces> places_;
    world::TaskGroup sessions_;
    world::TaskGroup accepting_;
};

}  // namespace posthouse::receive
