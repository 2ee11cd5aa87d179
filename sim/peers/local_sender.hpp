#pragma once
// LocalSender: a program on the server's machine that leaves mail in the maildrop folder, as sendmail does while no server
// answers. What is there is promised, whether the server runs or not.
#include <vector>

#include "sim/machine.hpp"
#include "sim/oracles/ledger.hpp"

namespace posthouse::sim {

class LocalSender {
public:
    LocalSender(World& world, Machine& machine, Ledger& ledger) : scheduler_(world.scheduler), clock_(world.scheduler), machine_(machine), ledger_(ledger) {}

    /// One after the other, with pauses of up to an hour; while the machine is off nobody works on it.
    world::Task<void> leave_all(std::vector<Submission> mail);

private:
    Scheduler& scheduler_;
    SimClock clock_;
    Machine& machine_;
    Ledger& ledger_;
};

}  // namespace posthouse::sim
