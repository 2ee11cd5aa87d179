#pragma once
// SessionPlaces: how many clients an smtpd service serves at a time, on all cores and addresses together, and whether it is under
// stress (STRESS_README). The process limit of master.cf is one bound, descriptors and memory of the process are another.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/guarded.hpp"
#include "world/deadline.hpp"
#include "world/shared_places.hpp"

namespace posthouse::receive {

enum class Load : std::uint8_t { normal, stress };

/// How many clients the process has room for, whatever master.cf says.
struct ProcessBound {
    std::size_t clients_max = 0;  // 0: no bound
    std::string reason;           // "there are 1024 file descriptors (…)"
};

/// What all services share.
struct ProcessPlaces {
    ProcessPlaces(world::Cores& cores, ProcessBound process_bound)
        : bound(std::move(process_bound)), places(std::make_shared<world::SharedPlaces>(cores, bound.clients_max)), aside(std::make_shared<world::SharedPlaces>(cores, aside_max(bound))) {}
    const ProcessBound bound;
    const std::shared_ptr<world::SharedPlaces> places;
    const std::shared_ptr<world::SharedPlaces> aside;

private:
    // Few enough that the process has room for those who are served.
    static std::size_t aside_max(const ProcessBound& bound) {
        constexpr std::size_t enough = 1000;
        return bound.clients_max == 0 ? enough : std::clamp<std::size_t>(bound.clients_max / 4, 1, enough);
    }
};

class SessionPlaces {
public:
    /// `name`, `port`: for the log.
    SessionPlaces(world::Cores& cores, std::string name, std::string port, std::size_t process_limit, std::shared_ptr<const ProcessPlaces> process)
        : name_(std::move(name)), port_(std::move(port)), own_(std::make_shared<world::SharedPlaces>(cores, process_limit)), process_(std::move(process)) {}

    struct Place {
        world::SharedPlaces::Place own, process, aside;
    };
    /// Until a client could be served: clients wait in the backlog, where they cost nothing.
    world::Task<void> wait_for_room(std::size_t core);
    /// A place for a client that is here; waits for it if others were quicker.
    world::Task<Place> enter(std::size_t core);

    /// The client is not served but only made to wait: its place goes to others. False, and nothing changes: too many wait so.
    [[nodiscard]] bool step_aside(Place& place) const;

    /// Places of this service that are taken.
    [[nodiscard]] std::size_t taken() const { return own_->taken(); }
    void use(std::size_t process_limit) { own_->use(process_limit); }

    /// To be told after each enter(): whoever took the last place begins a time of stress, or makes it longer (master(8): 1,000 s).
    /// What the log should hear of it, at most as often.
    std::vector<std::string> note_taken(world::SteadyTime now);
    [[nodiscard]] Load load(world::SteadyTime now);

private:
    struct Pressure {
        std::optional<world::SteadyTime> until, service_warned, process_warned;
    };
    static constexpr std::chrono::seconds stress_time{1000};

    std::string name_, port_;
    std::shared_ptr<world::SharedPlaces> own_;
    std::shared_ptr<const ProcessPlaces> process_;
    base::Guarded<Pressure> pressure_;
};

}  // namespace posthouse::receive
