#include "app/reach_watch.hpp"

#include <utility>

#include "base/format.hpp"

namespace posthouse::app {

namespace {

// Twice in a row: then whatever replaces files has replaced all of them.
constexpr std::chrono::seconds look_every{3};
// A successor that does not come up is not started all the time.
constexpr std::chrono::seconds pause{60};

}  // namespace

world::Task<void> ReachWatch::run() {
    std::string last;
    while (doors_.beyond) {
        co_await doors_.clock.sleep_for(look_every);
        const std::string place = doors_.beyond();
        const bool settled = place == std::exchange(last, place);
        if (!place.empty() && settled && ask(place)) {
            co_await doors_.clock.sleep_for(pause);
        }
    }
}

bool ReachWatch::ask(const std::string& place) {
    constexpr std::string_view speaker = "postfix/master";
    if (!doors_.as_in_use()) {
        if (std::exchange(told_, place) != place) {
            doors_.events.warn(speaker, base::format("{} is another one than at the start of this process, which may not open it; main.cf or master.cf have changed, too: run \"postfix reload\"", place));
        }
        return false;
    }
    const auto asked = doors_.make_way();
    const std::string fact = base::format("{} is another one than at the start of this process, which may not open it", place);
    asked ? doors_.events.info(speaker, fact + ": a new one takes over") : doors_.events.warn(speaker, base::format("{}; no new one takes over, run \"postfix reload\": {}", fact, asked.error().text));
    return true;
}

}  // namespace posthouse::app
