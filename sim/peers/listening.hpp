#pragma once
// How peers of the outside world take connections.
#include <functional>
#include <memory>

#include "sim/peers/peer_host.hpp"
#include "world/task_group.hpp"

namespace posthouse::sim {

using ServeStream = std::function<world::Task<void>(std::unique_ptr<world::Stream>)>;

/// From now on each connection to `place` is a task of `tasks`, until those are stopped; group and what `serve` needs outlive them. False: the address is taken.
[[nodiscard]] bool listen_at(PeerHost& host, const base::Endpoint& place, world::TaskGroup& tasks, ServeStream serve);

}  // namespace posthouse::sim
