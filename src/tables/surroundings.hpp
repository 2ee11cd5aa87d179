#pragma once
// Surroundings: what tables need that ask other programs. Must outlive the tables.
#include <string>

#include "config/master_cf.hpp"
#include "world/cores.hpp"

namespace posthouse::tables {

struct Surroundings {
    world::Cores* cores = nullptr;         // unset: tables that ask other programs answer `unknown`
    world::BlockingPool* pool = nullptr;   // for client libraries that block
    std::string queue_directory = {};      // where relative names of Unix sockets begin
    config::PortLookup ports = {};         // of names of services; unset: a port is a number
};

/// Ours, where neither the table's file nor Postfix's manual gives a time: several tables may be asked for one recipient, and clients
/// wait five minutes (RFC 5321 §4.5.3.2.3).
constexpr std::chrono::seconds lookup_patience{30};

}  // namespace posthouse::tables
