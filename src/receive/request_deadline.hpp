#pragma once
// How long a read or write may wait: smtpd_timeout each, or, with smtpd_per_request_deadline, smtpd_timeout for a command with its
// reply all in all, of which only waiting counts. Mail data earns time as it comes (smtpd_min_data_rate), so that a peer that
// trickles does not. Pure.
#include <algorithm>
#include <chrono>
#include <cstdint>

#include "world/deadline.hpp"

namespace posthouse::receive {

class RequestDeadline {
public:
    enum class Scope : std::uint8_t { each_wait, request };
    RequestDeadline(std::chrono::seconds timeout, Scope scope) : timeout_(timeout), left_(timeout), scope_(scope) {}

    /// A command or a block of mail data is awaited.
    void begin() { left_ = timeout_; }
    /// A wait begins.
    [[nodiscard]] world::Deadline wait(world::SteadyTime now) {
        began_ = now;
        return world::Deadline::at(now + (scope_ == Scope::request ? left_ : timeout_));
    }
    /// The wait has ended. `bytes` of mail data came, for which `rate` bytes a second are expected; 0: no time is earned.
    void waited(world::SteadyTime now, std::uint64_t bytes = 0, std::uint64_t rate = 0) {
        if (scope_ == Scope::each_wait) {
            return;
        }
        left_ -= now - began_;
        if (rate > 0) {
            const auto full = static_cast<std::uint64_t>(timeout_ / std::chrono::seconds{1});
            left_ += bytes / rate >= full ? timeout_ : std::chrono::duration_cast<world::Duration>(std::chrono::duration<double>(static_cast<double>(bytes) / static_cast<double>(rate)));
        }
        left_ = std::clamp(left_, world::Duration::zero(), timeout_);
    }

private:
    world::Duration timeout_, left_;
    Scope scope_;
    world::SteadyTime began_{};
};

}  // namespace posthouse::receive
