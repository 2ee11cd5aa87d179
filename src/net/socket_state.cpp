#include "net/socket_state.hpp"

#include <boost/asio/post.hpp>

namespace posthouse::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {
constexpr std::size_t index_of(auto value) { return static_cast<std::size_t>(value); }
}  // namespace

SocketState::SocketState(asio::io_context& loop, int descriptor) : descriptor_(loop, descriptor), timer_(loop) {}

SocketState::Wait::~Wait() {
    Wait*& slot = state_.waits_[index_of(operation_)];
    if (slot == this) {
        slot = nullptr;
    }
}

void SocketState::Wait::cancel() {
    cancelled_ = true;
    state_.waits_[index_of(operation_)] = nullptr;
    resume();
}

void SocketState::close() {
    error_code ignored;
    static_cast<void>(timer_.cancel(ignored));
    static_cast<void>(descriptor_.close(ignored));
}

void SocketState::enter(Wait& wait) {
    Wait*& slot = waits_[index_of(wait.operation_)];
    PH_ASSERT(slot == nullptr);  // one read and one write at a time
    slot = &wait;
    without_wait_ = 0;
    if (wait.event_ == Event::next_turn) {
        asio::post(descriptor_.get_executor(), [self = shared_from_this()] { self->happened(Event::next_turn); });
        return;
    }
    if (wait.event_ != Event::none) {
        watch(wait.event_);
    }
    if (wait.deadline_.time() < armed_for_) {
        arm(wait.deadline_.time());
    }
}

void SocketState::watch(Event event) {
    bool& watched = watched_[index_of(event)];
    if (watched) {
        return;  // left over from a wait that was cancelled or timed out
    }
    watched = true;
    descriptor_.async_wait(
        event == Event::readable ? asio::posix::descriptor_base::wait_read : asio::posix::descriptor_base::wait_write,
        [self = shared_from_this(), event](error_code) {
            self->watched_[index_of(event)] = false;
            self->happened(event);  // an error shows in the next system call
        });
}

void SocketState::happened(Event event) {
    for (const Operation operation : {Operation::read, Operation::write}) {
        const Wait* wait = waits_[index_of(operation)];
        if (wait != nullptr && wait->event_ == event) {
            wake(operation, End::ready);
        }
    }
}

void SocketState::wake(Operation operation, End end) {
    Wait* wait = std::exchange(waits_[index_of(operation)], nullptr);
    wait->end_ = end;
    wait->resume();
}

void SocketState::arm(world::SteadyTime time) {
    armed_for_ = time;
    timer_.expires_at(time);
    timer_.async_wait([self = shared_from_this(), arming = ++arming_](error_code) {
        if (arming == self->arming_) {
            self->timer_fired();
        }
    });
}

void SocketState::timer_fired() {
    armed_for_ = world::SteadyTime::max();
    if (!descriptor_.is_open()) {
        return;
    }
    const world::SteadyTime now = std::chrono::steady_clock::now();
    for (const Operation operation : {Operation::read, Operation::write}) {
        const Wait* wait = waits_[index_of(operation)];
        if (wait != nullptr && wait->event_ != Event::next_turn && wait->deadline_.passed(now)) {
            wake(operation, End::timed_out);
        }
    }
    for (const Wait* wait : waits_) {
        if (wait != nullptr && wait->event_ != Event::next_turn && wait->deadline_.time() < armed_for_) {
            arm(wait->deadline_.time());
        }
    }
}

}  // namespace posthouse::net
