#pragma once
// ServerWorld: the outside world a Server is built on. main.cpp makes the real one, sim/ the simulated one.
#include <functional>
#include <string>

#include "config/snapshot.hpp"
#include "mail/spool.hpp"
#include "message/date.hpp"
#include "observe/event.hpp"
#include "queue/spool/schema.hpp"
#include "receive/session_places.hpp"
#include "world/cores.hpp"
#include "world/files.hpp"
#include "world/programs.hpp"
#include "world/tls.hpp"

namespace posthouse::app {

struct ServerWorld {
    world::Cores& cores;
    world::Files& files;
    world::TlsEngine& tls;
    world::BlockingPool& commit_pool;  // one thread, the spool's alone
    world::BlockingPool& pool;
    observe::EventSink& events;
    config::SystemFacts facts;
    std::function<message::Zone(world::WallTime)> zone;  // unset: UTC
    config::PortLookup port_lookup;
    queue::SpoolOptions spool_options;
    /// Reads the configuration again, for a reload.
    std::function<base::Result<std::shared_ptr<const config::Configuration>>()> reread;
    /// Unset: the stations use the spool itself. A simulation puts a broken one in between, to see that it is found out.
    std::function<std::unique_ptr<mail::Spool>(mail::Spool&)> wrap_spool = {};
    /// For tables whose client library blocks; unset: `pool`.
    world::BlockingPool* table_pool = nullptr;
    /// The variables of the process; unset: none.
    std::function<std::optional<std::string>(const std::string&)> environment = {};
    /// Returns when no other server uses the queue; unset: none does. Blocks.
    std::function<base::Result<void>()> before_spool = {};
    /// What a configuration names that this process cannot reach, so that another has to take over; empty, or unset: nothing.
    std::function<std::string(const config::Configuration&)> beyond_reach = {};
    std::function<base::Result<void>()> make_way = {};
    /// How this process is guarded, for status.
    std::function<std::vector<std::string>()> guard = {};
    /// The login name of a user of this host, nullopt if there is no such user. Blocks. Unset: nobody has a name.
    std::function<base::Result<std::optional<std::string>>(std::uint32_t)> user_name = {};
    std::uint32_t owner = 0;  // user ID that this process works as
    world::Programs* programs = nullptr;  // null: none can be started
    receive::ProcessBound sessions_bound = {};  // SMTP clients at a time, so that room remains for all else
};

}  // namespace posthouse::app
