#include "start/real_world.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/format.hpp"
#include "os/host.hpp"
#include "os/limits.hpp"
#include "os/users.hpp"
#include "tools/system_facts.hpp"

namespace posthouse::app {

namespace {

message::Zone local_zone(world::WallTime when) {
    const os::ZoneOffset zone = os::zone_offset(when);
    return {zone.offset, zone.name};
}

// SMTP clients at a time. Descriptors: the others are for deliveries, tables, policy servers, the spool and the log, so that what
// was accepted can leave however many clients there are; 8,192 are more than the default limits of all transports need. Memory:
// half of it, at what a client with TLS and a message under way needs at most besides the content that waits for the disk.
receive::ProcessBound sessions_bound(std::size_t descriptors, std::uint64_t memory) {
    constexpr std::uint64_t session_bytes = 512 << 10;
    const std::size_t others = std::min(std::clamp<std::size_t>(descriptors / 4, 128, 8192), descriptors / 2);
    const std::size_t by_memory = std::max<std::uint64_t>(memory / 2 / session_bytes, 1);
    if (by_memory < descriptors - others) {
        return {by_memory, base::format("there are {} MiB of memory for the whole process", memory >> 20)};
    }
    return {descriptors - others, base::format("there are {} file descriptors for the whole process (LimitNOFILE of systemd, ulimit -n)", descriptors)};
}

}  // namespace

ServerWorld real_world(net::RealCores& cores, Process& process, observe::EventSink& events) {
    ServerWorld world{cores, process.files, *process.tls, process.commit_pool, process.pool, events, tools::system_facts(), local_zone,
            [](std::string_view name) { return os::service_port(std::string(name)); }, {}, {}};
    world.environment = [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
    };
    world.user_name = os::login_name;
    world.owner = os::current_user_id();
    const std::uint64_t memory = os::memory_limit();
    world.sessions_bound = sessions_bound(os::descriptor_limit(), memory);
    world.spool_options.unwritten_max = std::min(world.spool_options.unwritten_max, memory / 4);
    return world;
}

}  // namespace posthouse::app
