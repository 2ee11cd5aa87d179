#pragma once
// StoryPlan: all that a scenario decides from its seed before it begins: configuration, world, mail, and what happens to the
// server and when.
#include <string>
#include <vector>

#include "sim/oracles/ledger.hpp"
#include "sim/peers/next_hop.hpp"
#include "sim/scheduler.hpp"
#include "sim/world.hpp"

namespace posthouse::sim {

/// What happens to the server, some time after the act before.
struct Act {
    enum class Kind : std::uint8_t {
        power_loss,          // at a moment of its own
        power_loss_in_disk,  // in the middle of what the disk is doing
        restart,             // the orderly way
        reload,
        flush,               // postqueue -f
        disk_error,          // one write or sync fails
        disk_full,           // for a while
    } kind = Kind::power_loss;
    Duration after{};
    Duration lasting{};                // of the darkness, or of the full disk
    std::uint64_t disk_operation = 0;  // counted from the act before
};

[[nodiscard]] std::string_view name_of(Act::Kind kind);

struct ClientPlan {
    /// Handed in one after the other, each batch after a pause.
    struct Batch {
        Duration pause{};
        std::vector<Submission> mail;
    };
    std::vector<Batch> batches;
    bool pipelined = true;
};

struct StoryPlan {
    std::string main_cf;
    std::string master_cf;
    std::string transport_map;  // /etc/postfix/transport
    std::vector<NextHopSettings> hops;  // the first takes notifications: it refuses nobody for good
    std::vector<ClientPlan> clients;
    std::vector<Act> acts;
};

/// Where the server is.
[[nodiscard]] base::IpAddress server_address();
/// Also fills the zones and sets how bad the network is.
[[nodiscard]] StoryPlan make_plan(World& world);

}  // namespace posthouse::sim
