#pragma once
// spawn(8) rows of master.cf: policy servers that the server starts itself, one process per connection.
#include <map>
#include <memory>
#include <string>

#include "app/world.hpp"
#include "receive/policy/client.hpp"

namespace posthouse::app {

class SpawnRow;
/// The rows by name: "private/policy", "127.0.0.1:9998". Shared by all cores.
using SpawnRows = std::map<std::string, std::shared_ptr<SpawnRow>>;

/// What is wrong with a row goes to `findings`; connecting to it fails then.
[[nodiscard]] SpawnRows find_spawn_rows(const config::Configuration& configuration, const ServerWorld& world, config::Findings& findings);

/// The policy clients of one core: a server whose name is that of a spawn row is started, others are connected to.
[[nodiscard]] std::shared_ptr<receive::PolicyClients> make_policy_clients(const config::View& main, const SpawnRows& rows, const ServerWorld& world, world::Core& core);

}  // namespace posthouse::app
