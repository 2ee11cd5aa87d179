#pragma once
// BoundedWarnings: warnings that may come with every client while something is broken. So many of one kind are logged in a minute;
// of the others it is told how many they were. Callable on every core.
#include <chrono>
#include <map>
#include <string>

#include "base/guarded.hpp"
#include "observe/event.hpp"
#include "world/clock.hpp"

namespace posthouse::observe {

class BoundedWarnings {
public:
    static constexpr std::size_t per_minute = 20;  // ours: enough to see whom it hits, too few to fill a disk
    /// `events` outlives this.
    explicit BoundedWarnings(EventSink& events) : events_(events) {}
    /// `kind`: what counts together, the name of a table for example.
    void warn(Speaker speaker, const std::string& kind, std::string_view text, world::SteadyTime now);

private:
    static constexpr std::size_t kinds_max = 1000;  // ours; those beyond it count together
    struct Minute {
        world::SteadyTime began;
        std::size_t count = 0;
    };
    EventSink& events_;
    base::Guarded<std::map<std::string, Minute>> minutes_;
};

}  // namespace posthouse::observe
