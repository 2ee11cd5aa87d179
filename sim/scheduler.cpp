#include "sim/scheduler.hpp"

#include <cstdio>
#include <stdexcept>

namespace posthouse::sim {

namespace {
constexpr SteadyTime first_moment{std::chrono::hours(1)};
constexpr WallTime wall_at_first_moment{std::chrono::seconds(1'704'067'200)};  // 2024-01-01T00:00:00Z
constexpr std::uint64_t events_per_moment_max = 1'000'000;                    // more is a loop that never waits
}  // namespace

Scheduler::Scheduler(std::uint64_t seed, Tracing tracing) : random_(seed), tracing_(tracing), now_(first_moment) {}

WallTime Scheduler::wall_now() const {
    const auto passed = std::chrono::duration_cast<WallTime::duration>(now_ - first_moment + wall_jump_);
    return wall_at_first_moment + passed;
}

EventId Scheduler::at(SteadyTime time, Action action) {
    const EventId id{std::max(time, now_), random_.next() >> 32U, ++sequence_};
    events_.emplace(id, std::move(action));
    return id;
}

bool Scheduler::cancel(EventId id) { return id.sequence != 0 && events_.erase(id) > 0; }

bool Scheduler::step() {
    if (events_.empty()) {
        return false;
    }
    auto node = events_.extract(events_.begin());
    events_at_now_ = node.key().time == now_ ? events_at_now_ + 1 : 0;
    if (events_at_now_ > events_per_moment_max) {
        throw std::runtime_error("virtual time stands still: something loops without waiting");
    }
    now_ = node.key().time;
    ++events_run_;
    mix(static_cast<std::uint64_t>(now_.time_since_epoch().count()));
    mix(node.key().sequence);
    node.mapped()();
    return true;
}

void Scheduler::run_until(SteadyTime time) {
    while (!events_.empty() && events_.begin()->first.time <= time) {
        step();
    }
    now_ = std::max(now_, time);
}

bool Scheduler::run_until(const std::function<bool()>& condition, SteadyTime limit) {
    while (!condition()) {
        if (events_.empty() || events_.begin()->first.time > limit) {
            return false;
        }
        step();
    }
    return true;
}

Duration Scheduler::random_duration(Duration low, Duration high) {
    return low + Duration(static_cast<Duration::rep>(random_.below(static_cast<std::uint64_t>((high - low).count()) + 1)));
}

void Scheduler::note(std::string_view text) {
    for (const char c : text) {
        mix(static_cast<unsigned char>(c));
    }
    if (tracing_ == Tracing::print) {
        const double seconds = std::chrono::duration<double>(now_ - first_moment).count();
        std::printf("%14.6f %.*s\n", seconds, static_cast<int>(text.size()), text.data());
    }
}

void Scheduler::mix(std::uint64_t value) { hash_ = ((hash_ ^ value) * 0x100000001b3U) ^ (hash_ >> 47U); }

}  // namespace posthouse::sim
