#include "receive/listener.hpp"

namespace posthouse::receive {

SmtpdListener::SmtpdListener(std::unique_ptr<world::Listener> listener, CurrentService current, SessionDoors doors, Slots slots)
    : listener_(std::move(listener)), current_(std::move(current)), doors_(doors), slots_(std::move(slots)) {}

void SmtpdListener::start() { accepting_.spawn(accept_loop()); }

void SmtpdListener::use(std::size_t limit) {
    slots_.limit = limit;
    slots_.shared->wake(doors_.core.index);
}

void SmtpdListener::close() { accepting_.cancel(); }

world::Task<void> SmtpdListener::stop() {
    co_await accepting_.stop();
    listener_.reset();
    co_await sessions_.stop();
}

world::Task<void> SmtpdListener::accept_loop() {
    for (;;) {
        while (!slots_.shared->has_room(slots_.limit)) {
            co_await slots_.shared->wait(doors_.core.index, slots_.limit);
        }
        auto accepted = co_await listener_->accept();
        if (!accepted) {
            doors_.events.warn(current_()->settings->label, "accept: " + accepted.error().text);
            co_await doors_.core.clock.sleep_for(std::chrono::seconds{1});
            continue;
        }
        while (!slots_.shared->take(slots_.limit)) {  // another core or address was faster: this client waits without a greeting
            co_await slots_.shared->wait(doors_.core.index, slots_.limit);
        }
        sessions_.spawn(serve(std::move(*accepted)));
    }
}

world::Task<void> SmtpdListener::serve(std::unique_ptr<world::Stream> stream) {
    struct Slot {
        std::shared_ptr<SessionSlots> slots;
        explicit Slot(std::shared_ptr<SessionSlots> shared) : slots(std::move(shared)) {}
        Slot(const Slot&) = delete;
        Slot& operator=(const Slot&) = delete;
        ~Slot() { slots->give_back(); }
    };
    const Slot slot(slots_.shared);
    Session session(current_(), doors_, std::move(stream));
    co_await session.run();
}

}  // namespace posthouse::receive
