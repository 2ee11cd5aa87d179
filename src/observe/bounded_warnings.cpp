#include "observe/bounded_warnings.hpp"

#include "base/format.hpp"

namespace posthouse::observe {

void BoundedWarnings::warn(Speaker speaker, const std::string& kind, std::string_view text, world::SteadyTime now) {
    std::size_t left_out = 0;
    const std::size_t count = minutes_.with([&](std::map<std::string, Minute>& minutes) {
        const bool has_room = minutes.size() < kinds_max || minutes.contains(kind);
        Minute& minute = minutes.try_emplace(has_room ? kind : std::string(), Minute{now, 0}).first->second;
        if (now - minute.began >= std::chrono::minutes(1)) {
            left_out = minute.count > per_minute ? minute.count - per_minute : 0;
            minute = {now, 0};
        }
        return ++minute.count;
    });
    if (left_out > 0) {
        events_.warn(speaker, base::format("{}: {} more warnings were not logged", kind, left_out));
    }
    if (count <= per_minute) {
        events_.warn(speaker, text);
    }
}

}  // namespace posthouse::observe
