#pragma once
// Scheduler: the one queue of everything that will happen in a simulated world, in virtual time. Events of the same moment
// run in an order that the seed chooses; who needs order (a core, a byte stream) keeps its own queue and lets each event
// take that queue's front. The trace hash covers every event: same seed, same hash.
#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <string_view>

#include "sim/sim_random.hpp"
#include "world/deadline.hpp"

namespace posthouse::sim {

using world::Deadline;
using world::Duration;
using world::SteadyTime;
using world::WallTime;

struct EventId {
    SteadyTime time;
    std::uint64_t tie = 0;
    std::uint64_t sequence = 0;  // 0: no event
    friend auto operator<=>(const EventId&, const EventId&) = default;
};

class Scheduler {
public:
    using Action = std::move_only_function<void()>;
    enum class Tracing { quiet, print };

    explicit Scheduler(std::uint64_t seed, Tracing tracing = Tracing::quiet);
    Scheduler(const Scheduler&) = delete;
    Scheduler& operator=(const Scheduler&) = delete;

    [[nodiscard]] SteadyTime now() const { return now_; }
    [[nodiscard]] WallTime wall_now() const;
    /// What an operator or NTP does to the clock; steady time does not notice.
    void jump_wall(Duration by) { wall_jump_ += by; }

    /// Runs `action` at `time`, or as soon as possible if that has passed.
    EventId at(SteadyTime time, Action action);
    EventId after(Duration delay, Action action) { return at(now_ + delay, std::move(action)); }
    /// False if it has run or never was.
    bool cancel(EventId id);

    /// Runs the next event; false if there is none. Throws std::runtime_error if virtual time stands still for too long.
    bool step();
    /// Runs all events up to `time`, which is now() afterwards.
    void run_until(SteadyTime time);
    void run_for(Duration duration) { run_until(now_ + duration); }
    /// Runs until `condition` holds (asked after every event), no event is left, or `limit` passed. Returns the condition.
    bool run_until(const std::function<bool()>& condition, SteadyTime limit);
    bool run_until(const std::function<bool()>& condition, Duration limit) { return run_until(condition, now_ + limit); }

    [[nodiscard]] SimRandom& random() { return random_; }
    /// Uniform in [low, high].
    Duration random_duration(Duration low, Duration high);

    /// Adds a line to the trace: to its hash, and to standard output if traced.
    void note(std::string_view text);
    /// Something was made to go wrong. `what` is a literal; the counts are for the report.
    void injected(std::string_view what) {
        ++injected_[what];
        note(what);
    }
    using Counts = std::map<std::string_view, std::uint64_t>;
    [[nodiscard]] const Counts& faults() const { return injected_; }
    [[nodiscard]] std::uint64_t trace_hash() const { return hash_; }
    [[nodiscard]] std::uint64_t events_run() const { return events_run_; }
    [[nodiscard]] bool idle() const { return events_.empty(); }

private:
    void mix(std::uint64_t value);

    SimRandom random_;
    Tracing tracing_;
    SteadyTime now_;
    Duration wall_jump_{0};
    std::map<EventId, Action> events_;
    std::uint64_t sequence_ = 0;
    std::uint64_t events_run_ = 0;
    std::uint64_t events_at_now_ = 0;
    Counts injected_;
    std::uint64_t hash_ = 0xcbf29ce484222325U;
};

}  // namespace posthouse::sim
