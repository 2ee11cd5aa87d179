#include "receive/listener.hpp"

namespace posthouse::receive {

SmtpdListener::SmtpdListener(std::unique_ptr<world::Listener> listener, CurrentService current, SessionDoors doors, std::size_t sessions_max)
    : listener_(std::move(listener)), current_(std::move(current)), doors_(doors), sessions_max_(sessions_max) {}

void SmtpdListener::start() { accepting_.spawn(accept_loop()); }

void SmtpdListener::use(std::size_t sessions_max) {
    sessions_max_ = sessions_max;
    session_ended_.notify_one();  // whoever waits looks again
}

void SmtpdListener::close() { accepting_.cancel(); }

world::Task<void> SmtpdListener::stop() {
    co_await accepting_.stop();
    listener_.reset();
    co_await sessions_.stop();
}

world::Task<void> SmtpdListener::accept_loop() {
    for (;;) {
        while (sessions_max_ > 0 && sessions_count_ >= sessions_max_) {
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
    // Counted here and not by sessions_, which still has this session when the accept loop is woken.
    struct Slot {
        SmtpdListener& owner;
        explicit Slot(SmtpdListener& listener) : owner(listener) { ++owner.sessions_count_; }
        Slot(const Slot&) = delete;
        Slot& operator=(const Slot&) = delete;
        ~Slot() {
            --owner.sessions_count_;
            owner.session_ended_.notify_one();
        }
    };
    const Slot slot(*this);
    Session session(current_(), doors_, std::move(stream));
    co_await session.run();
}

}  // namespace posthouse::receive
