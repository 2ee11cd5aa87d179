#pragma once
// SocketState: a non-blocking descriptor on one core and who waits for it. It outlives its stream as long as the event loop
// still owes it a call. The waits cost nothing until they really wait: a deadline is a stored number, and one lazy timer
// serves all waits of the socket (it fires at the earliest time it was ever armed for, looks, and re-arms if it must).
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "world/deadline.hpp"
#include "world/task.hpp"

namespace posthouse::net {

enum class Operation : unsigned { read, write };                   // who waits: one of each at a time
enum class Event : unsigned { readable, writable, next_turn, none };  // for what; none: only the deadline ends the wait

class SocketState : public std::enable_shared_from_this<SocketState> {
public:
    /// Takes over `descriptor`, which must be non-blocking.
    SocketState(boost::asio::io_context& loop, int descriptor);

    enum class End { ready, timed_out };

    /// `co_await` it to be told once; a wake-up may be spurious: try again, then wait again.
    class Wait final : public world::Suspension {
    public:
        Wait(SocketState& state, Operation operation, Event event, world::Deadline deadline)
            : state_(state), operation_(operation), event_(event), deadline_(deadline) {}
        ~Wait();

        [[nodiscard]] bool await_ready() const { return false; }
        template <class Promise>
        bool await_suspend(std::coroutine_handle<Promise> handle) {
            if (handle.promise().context->cancelled) {
                cancelled_ = true;
                return false;
            }
            suspend(handle);
            state_.enter(*this);
            return true;
        }
        End await_resume() const {
            if (cancelled_) {
                throw world::Cancelled{};
            }
            return end_;
        }
        void cancel() override;

    private:
        friend class SocketState;
        SocketState& state_;
        Operation operation_;
        Event event_;
        world::Deadline deadline_;
        End end_ = End::ready;
        bool cancelled_ = false;
    };

    /// True after many calls in a row that did not wait: the caller takes Event::next_turn, so that one busy peer does not
    /// starve its core.
    [[nodiscard]] bool should_yield() { return ++without_wait_ >= without_wait_max; }
    [[nodiscard]] int descriptor() { return descriptor_.native_handle(); }
    [[nodiscard]] bool is_open() const { return descriptor_.is_open(); }
    /// Nobody may be waiting.
    void close();

private:
    static constexpr unsigned without_wait_max = 64;

    void enter(Wait& wait);
    void watch(Event event);
    void happened(Event event);
    void arm(world::SteadyTime time);
    void timer_fired();
    void wake(Operation operation, End end);

    boost::asio::posix::stream_descriptor descriptor_;
    boost::asio::steady_timer timer_;
    world::SteadyTime armed_for_ = world::SteadyTime::max();  // max: not armed
    std::array<Wait*, 2> waits_{};                            // by Operation
    std::array<bool, 2> watched_{};                           // by Event: the loop owes us a call
    unsigned arming_ = 0;
    unsigned without_wait_ = 0;
};

}  // namespace posthouse::net
