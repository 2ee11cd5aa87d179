#include "receive/session_places.hpp"

#include "base/format.hpp"

namespace posthouse::receive {

world::Task<void> SessionPlaces::wait_for_room(std::size_t core) {
    while (own_->is_full() || process_->places->is_full()) {
        world::SharedPlaces& full = own_->is_full() ? *own_ : *process_->places;
        world::Task<void> room = full.wait_for_room(core);
        co_await std::move(room);
    }
}

world::Task<SessionPlaces::Place> SessionPlaces::enter(std::size_t core) {
    for (;;) {
        Place place;
        if (own_->try_take(place.own) && process_->places->try_take(place.process)) {
            co_return place;
        }
        place = {};  // holds nothing while it waits
        world::Task<void> room = wait_for_room(core);
        co_await std::move(room);
    }
}

bool SessionPlaces::step_aside(Place& place) const {
    if (!process_->aside->try_take(place.aside)) {
        return false;
    }
    place.own = {};
    return true;
}

std::vector<std::string> SessionPlaces::note_taken(world::SteadyTime now) {
    const bool service_full = own_->is_full();
    const bool process_full = process_->places->is_full();
    if (!service_full && !process_full) {
        return {};
    }
    const auto is_new = [now](std::optional<world::SteadyTime>& warned) {
        if (warned && now - *warned < stress_time) {
            return false;
        }
        warned = now;
        return true;
    };
    return pressure_.with([&](Pressure& pressure) {
        std::vector<std::string> out;
        pressure.until = now + stress_time;
        if (service_full && is_new(pressure.service_warned)) {
            out.push_back(base::format("service \"{}\" ({}) has reached its process limit \"{}\": new clients may experience noticeable delays", name_, port_, own_->limit()));
            out.emplace_back("to avoid this condition, increase the process count in master.cf or reduce the service time per client");
        }
        if (process_full && is_new(pressure.process_warned)) {
            out.push_back(base::format("{} clients are served at a time, no more, because {}: new clients of service \"{}\" ({}) wait", process_->bound.clients_max,
                                       process_->bound.reason, name_, port_));
        }
        return out;
    });
}

Load SessionPlaces::load(world::SteadyTime now) {
    return pressure_.with([now](const Pressure& pressure) { return pressure.until && now < *pressure.until ? Load::stress : Load::normal; });
}

}  // namespace posthouse::receive
