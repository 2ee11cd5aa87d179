#include "receive/listener.hpp"

namespace posthouse::receive {

SmtpdListener::SmtpdListener(std::unique_ptr<world::Listener> listener, CurrentService current, SessionDoors doors, std::size_t sessions_max)
    : listener_(std::move(listener)), current_(std::move(current)), doors_(doors), sessions_max_(sessions_max) {}

void SmtpdListener::start() { accepting_.spawn(accept_loop()); }

void SmtpdListener::close() { accepting_.cancel(); }

world::Task<void> SmtpdListener::stop() {
    co_await accepting_.stop();
    listener_.reset();
    co_await sessions_.stop();
}

world::Task<void> SmtpdListener::accept_loop() {
    for (;;) {
        while (sessions_max_ > 0 && open_ >= sessions_max_) {
            co_await session_ended_.wait();
        }
        auto accepted = co_await listener_->accept();
        if (!accepted) {
            doors_.events.warn(current_()->settings->label, "accept: " + accepted.error().text);
            co_await doors_.core.clock.sleep_for(std::chrono::seconds{1});
            continue;
        }
        sessions_.spawn(serve(std::move(*accepted)));
    }
}

world::Task<void> SmtpdListener::serve(std::unique_ptr<world::Stream> stream) {
    // Not sessions_.size(): that still counts this task while the accept loop asks whether there is room again.
    struct Place {
        SmtpdListener& owner;
        explicit Place(SmtpdListener& listener) : owner(listener) { ++owner.open_; }
        ~Place() {
            --owner.open_;
            owner.session_ended_.notify_one();
        }
    };
    const Place place(*this);
    Session session(current_(), doors_, std::move(stream));
    co_await session.run();
}

}  // namespace posthouse::receive
