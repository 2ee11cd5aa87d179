#include "receive/postscreen/entrance.hpp"

#include "receive/postscreen/screening.hpp"
#include "receive/postscreen/upstream_proxy.hpp"
#include "receive/replies.hpp"
#include "receive/session.hpp"

namespace posthouse::receive::postscreen {

namespace {

struct Passed {
    std::unique_ptr<world::Stream> stream;  // null: the client is gone
    SessionPlaces::Place place;
};

// The server stops, and this client has waited for a session in vain. One write that does not wait.
world::Task<void> say_goodbye(world::Stream& stream, world::Deadline deadline, std::string text) {
    const base::Result<void> sent = co_await stream.write_all(text, deadline);
    static_cast<void>(sent);
}

// What screening needs, and its frames, are gone before a session begins.
world::Task<Passed> screen_client(std::shared_ptr<const Screen> screen, SessionDoors doors, std::unique_ptr<world::Stream> stream, SessionPlaces::Place place) {
    Passed out;
    SessionPlaces::Place held = std::move(place);
    if (!screen->settings->postscreen_upstream_proxy_protocol.empty()) {
        world::Task<base::Result<std::unique_ptr<world::Stream>>> asking = behind_upstream_proxy(std::move(stream), screen, doors.core);
        base::Result<std::unique_ptr<world::Stream>> told = co_await std::move(asking);
        if (!told) {
            doors.events.warn(screen->settings->label, told.error().text);
            co_return std::move(out);
        }
        stream = std::move(*told);
    }
    const auto screening = std::make_unique<Screening>(screen, doors.core, doors.events, std::move(stream));
    world::Task<std::unique_ptr<world::Stream>> running = screening->run();
    out.stream = co_await std::move(running);
    if (!out.stream) {
        co_return std::move(out);
    }
    held = {};
    screening->wait_for_session();
    SessionPlaces& places = *screen->behind.places;
    bool cancelled = false;
    try {
        world::Task<SessionPlaces::Place> entering = places.enter(doors.core.index);
        out.place = co_await std::move(entering);
    } catch (const world::Cancelled&) {
        cancelled = true;
    }
    if (cancelled) {
        const world::Deadline deadline = doors.core.clock.deadline_in(std::chrono::milliseconds{200});
        world::Task<void> leaving = say_goodbye(*out.stream, deadline, replies::shutting_down(screen->settings->myhostname).wire());
        co_await world::uncancellable(std::move(leaving));
        out.stream.reset();
        co_return std::move(out);
    }
    for (const std::string& text : places.note_taken(doors.core.clock.now())) {
        doors.events.warn("postfix/master", text);
    }
    co_return std::move(out);
}

world::Task<void> serve(std::shared_ptr<const Screen> screen, SessionDoors doors, Passed passed) {
    SessionPlaces::Place held = std::move(passed.place);
    const Behind& behind = screen->behind;
    const bool stressed = behind.stressed && behind.places->load(doors.core.clock.now()) == Load::stress;
    const SessionDoors own{doors.intake, doors.router, doors.events, *behind.limits, doors.core, doors.queue};
    Session::StepAside step_aside = [&behind, &held] { return behind.places->step_aside(held); };
    Session session(stressed ? behind.stressed : behind.service, own, std::move(passed.stream), std::move(step_aside));
    world::Task<void> running = session.run();
    co_await std::move(running);
}

}  // namespace

world::Task<void> receive_client(std::shared_ptr<const Screen> screen, SessionDoors doors, std::unique_ptr<world::Stream> stream, SessionPlaces::Place place) {
    world::Task<Passed> screening = screen_client(screen, doors, std::move(stream), std::move(place));
    Passed passed = co_await std::move(screening);
    screening = {};
    if (passed.stream) {
        world::Task<void> serving = serve(screen, doors, std::move(passed));
        co_await std::move(serving);
    }
}

}  // namespace posthouse::receive::postscreen
