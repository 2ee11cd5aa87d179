#include "receive/listener.hpp"

#include "receive/postscreen/entrance.hpp"

namespace posthouse::receive {

SmtpdListener::SmtpdListener(std::unique_ptr<world::Listener> listener, CurrentService current, SessionDoors doors, std::shared_ptr<SessionPlaces> places)
    : listener_(std::move(listener)), current_(std::move(current)), doors_(doors), places_(std::move(places)) {}

void SmtpdListener::start() { accepting_.spawn(accept_loop()); }

void SmtpdListener::close() { accepting_.cancel(); }

world::Task<void> SmtpdListener::stop() {
    co_await accepting_.stop();
    listener_.reset();
    co_await sessions_.stop();
}

world::Task<void> SmtpdListener::accept_loop() {
    for (;;) {
        try {
            world::Task<void> accepting = accept_all();
            co_await std::move(accepting);
        } catch (const std::bad_alloc&) {
            // The client is gone. A service that never accepts again would be worse than a process that ends.
            doors_.events.warn("postfix/master", "accept: out of memory, trying again");
        }
        co_await doors_.core.clock.sleep_for(std::chrono::seconds{1});
    }
}

world::Task<void> SmtpdListener::accept_all() {
    const std::size_t core = doors_.core.index;
    for (;;) {
        world::Task<void> room = places_->wait_for_room(core);
        co_await std::move(room);
        auto accepted = co_await listener_->accept();
        if (!accepted) {
            doors_.events.warn(current_(Load::normal).label(), "accept: " + accepted.error().text);
            co_await doors_.core.clock.sleep_for(std::chrono::seconds{1});
            continue;
        }
        // Not before accept(): a place per core and address that waits for a client would be one less for those who are here.
        world::Task<SessionPlaces::Place> entering = places_->enter(core);
        SessionPlaces::Place place = co_await std::move(entering);
        for (const std::string& text : places_->note_taken(doors_.core.clock.now())) {
            doors_.events.warn("postfix/master", text);
        }
        sessions_.spawn(receive(std::move(*accepted), std::move(place)));
    }
}

// No coroutine: a client that is screened must not cost what a session does.
world::Task<void> SmtpdListener::receive(std::unique_ptr<world::Stream> stream, SessionPlaces::Place place) {
    Reception reception = current_(places_->load(doors_.core.clock.now()));
    if (reception.screen) {
        return postscreen::receive_client(std::move(reception.screen), doors_, std::move(stream), std::move(place));
    }
    return serve(std::move(reception.service), std::move(stream), std::move(place));
}

world::Task<void> SmtpdListener::serve(std::shared_ptr<const SmtpdService> service, std::unique_ptr<world::Stream> stream, SessionPlaces::Place place) {
    SessionPlaces::Place held = std::move(place);  // goes with the session, not when its caller lets go of the parameter
    Session::StepAside step_aside = [this, &held] { return places_->step_aside(held); };
    Session session(std::move(service), doors_, std::move(stream), std::move(step_aside));
    co_await session.run();
}

}  // namespace posthouse::receive
