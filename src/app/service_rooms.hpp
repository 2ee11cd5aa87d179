#pragma once
// ServiceRooms: what a service has that outlives every generation: whom it counts, how many it serves, who is before its screen. By the
// service's name. On core 0, before the cores run or while they do.
#include <map>
#include <memory>
#include <string>

#include "receive/client_limits.hpp"
#include "receive/postscreen/screened_clients.hpp"
#include "receive/session_places.hpp"
#include "world/cores.hpp"

namespace posthouse::app {

class ServiceRooms {
public:
    ServiceRooms(world::Cores& cores, receive::ProcessBound bound) : cores_(cores), process_(std::make_shared<const receive::ProcessPlaces>(cores, std::move(bound))) {}

    struct Room {
        std::string name;
        std::shared_ptr<receive::ClientLimits> limits;
        std::shared_ptr<receive::SessionPlaces> places;
        std::shared_ptr<receive::postscreen::ScreenedClients> screened;
    };
    enum class Kind : std::uint8_t { inet, pass };
    /// Made if there is none yet. `port` is for the log.
    const Room& room(Kind kind, const std::string& name, const std::string& port, std::size_t process_limit, std::chrono::seconds anvil_rate_time_unit) {
        Room& out = rooms_[{kind, name}];
        if (!out.limits) {
            out = {name, std::make_shared<receive::ClientLimits>(anvil_rate_time_unit), std::make_shared<receive::SessionPlaces>(cores_, name, port, process_limit, process_),
                   std::make_shared<receive::postscreen::ScreenedClients>()};
        }
        return out;
    }
    [[nodiscard]] const Room& at(Kind kind, const std::string& name) const { return rooms_.at({kind, name}); }
    [[nodiscard]] const std::map<std::pair<Kind, std::string>, Room>& all() const { return rooms_; }

private:
    world::Cores& cores_;
    std::shared_ptr<const receive::ProcessPlaces> process_;  // of all services together
    std::map<std::pair<Kind, std::string>, Room> rooms_;
};

}  // namespace posthouse::app
