#pragma once
// Workload: the mail that a scenario's clients hand in.
#include "sim/oracles/ledger.hpp"
#include "sim/sim_random.hpp"

namespace posthouse::sim {

struct WorkloadSettings {
    std::size_t messages = 20;
    std::size_t recipients_max = 5;
    std::size_t body_max = 20'000;
    std::string prefix = "m";  // of keys
    std::vector<std::string> domains{"example.net"};
    std::string sender_domain = "client.example";
    unsigned held_per_mille = 0;       // from held.client.example
    unsigned discarded_per_mille = 0;  // from dropped.client.example
    unsigned null_sender_per_mille = 0;
    unsigned dsn_per_mille = 0;        // of messages: RET, ENVID, NOTIFY
};

/// Bodies contain what breaks naive code: leading dots, lone dots, empty lines, long lines.
[[nodiscard]] std::vector<Submission> make_workload(SimRandom& random, const WorkloadSettings& settings);

}  // namespace posthouse::sim
