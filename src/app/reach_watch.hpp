#pragma once
// ReachWatch: useradd, newaliases and their like put a new file in the place of the old one, and the kernel lets this process open only
// what it was started with (Landlock). A successor, which is started with what is there now, takes over. Lives on core 0.
#include <functional>
#include <string>

#include "base/result.hpp"
#include "observe/event.hpp"
#include "world/clock.hpp"

namespace posthouse::app {

class ReachWatch {
public:
    struct Doors {
        /// A place that the configuration in use names and this process cannot open; empty: there is none. Unset: never.
        std::function<std::string()> beyond;
        /// Whether the files of the configuration say what is in use: a successor reads them, and main.cf may be half edited.
        std::function<bool()> as_in_use;
        /// Asks for a successor.
        std::function<base::Result<void>()> make_way;
        world::Clock& clock;
        observe::EventSink& events;
    };
    explicit ReachWatch(Doors doors) : doors_(std::move(doors)) {}

    /// Until it is cancelled; ends at once if nothing is ever beyond reach.
    world::Task<void> run();

private:
    [[nodiscard]] bool ask(const std::string& place);

    Doors doors_;
    std::string told_;  // the place that a reload was asked for
};

}  // namespace posthouse::app
