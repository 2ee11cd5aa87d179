#pragma once
// PeerHost: a host of the outside world that never loses power.
#include "sim/sim_clock.hpp"
#include "sim/sim_network.hpp"
#include "sim/world.hpp"

namespace posthouse::sim {

struct PeerHost {
    PeerHost(World& surroundings, std::string name, std::vector<base::IpAddress> addresses)
        : world(surroundings), life(std::make_shared<Incarnation>(Incarnation{std::move(name), std::move(addresses), 1, true})),
          network(surroundings.internet, life), clock(surroundings.scheduler) {}

    World& world;
    std::shared_ptr<Incarnation> life;
    SimNetwork network;
    SimClock clock;
};

}  // namespace posthouse::sim
