#include "app/spawned_programs.hpp"

#include <deque>

#include "base/format.hpp"
#include "receive/policy/network_connector.hpp"
#include "world/programs.hpp"
#include "world/race.hpp"
#include "world/shared_slots.hpp"
#include "world/signal.hpp"

namespace posthouse::app {

using Connected = base::Result<std::unique_ptr<world::Stream>>;

// One row for all cores: what is started, and how many run.
class SpawnRow {
public:
    SpawnRow(world::ProgramRequest program, std::size_t process_limit, world::Cores& cores)
        : request(std::move(program)), limit(process_limit), slots(cores.count()), waiting(cores.count()), freed(cores.count()), cores_(cores) {}

    /// Any thread: a process is gone.
    static void give_back(const std::shared_ptr<SpawnRow>& row) {
        row->slots.give_back();
        for (std::size_t i = 0; i < row->freed.size() && row->slots.anybody_waits(); ++i) {
            if (const auto core = row->slots.next_waiting()) {
                row->cores_.core(*core).executor.post([row, core = *core] { row->freed[core].notify_all(); });
            }
        }
    }

    const world::ProgramRequest request;
    const std::size_t limit;  // 0: none
    world::SharedSlots slots;
    std::vector<std::size_t> waiting;  // by core, each the core's own
    std::deque<world::Signal> freed;

private:
    world::Cores& cores_;
};

namespace {

world::Task<void> wait_for(world::Signal& signal) { co_await signal.wait(); }

class SpawnConnector final : public receive::PolicyConnector {
public:
    SpawnConnector(std::shared_ptr<SpawnRow> row, world::Programs* programs, world::Core& core) : row_(std::move(row)), programs_(programs), core_(core) {}

    world::Task<Connected> connect(world::Deadline deadline) override {
        if (programs_ == nullptr || row_->request.arguments.empty()) {
            co_return base::fail(base::ErrorKind::unavailable, "its row in master.cf cannot be used");
        }
        while (!row_->slots.take(row_->limit)) {
            world::Task<bool> waiting = wait_for_slot(deadline);
            if (!co_await std::move(waiting)) {
                co_return base::fail(base::ErrorKind::timeout, base::format("all {} processes are busy", row_->limit));
            }
        }
        world::Work ended = [row = row_] { SpawnRow::give_back(row); };
        world::Task<Connected> starting = programs_->start(row_->request, core_, std::move(ended));
        co_return co_await std::move(starting);
    }

    // A slot that somebody else may need is not held for later.
    [[nodiscard]] bool is_scarce() const override { return row_->limit > 0 && row_->slots.taken() >= row_->limit; }

private:
    // False: the deadline came first.
    world::Task<bool> wait_for_slot(world::Deadline deadline) {
        struct Waiting {
            SpawnRow& row;
            std::size_t core;
            Waiting(SpawnRow& where, std::size_t index) : row(where), core(index) {
                ++row.waiting[core];
                row.slots.set_waiting(core, true);
            }
            Waiting(const Waiting&) = delete;
            Waiting& operator=(const Waiting&) = delete;
            ~Waiting() { row.slots.set_waiting(core, --row.waiting[core] > 0); }
        };
        const Waiting waiting(*row_, core_.index);
        if (row_->slots.taken() < row_->limit) {
            co_return true;  // one came back before we were seen to wait
        }
        world::Task<void> slot = wait_for(row_->freed[core_.index]);
        world::Task<void> time = core_.clock.sleep_until(deadline.time());
        world::Task<std::variant<std::monostate, std::monostate>> both = world::race(std::move(slot), std::move(time));
        const auto first = co_await std::move(both);
        co_return first.index() == 0;
    }

    std::shared_ptr<SpawnRow> row_;
    world::Programs* programs_;
    world::Core& core_;
};

// "user=nobody argv=/usr/bin/policyd -x": argv= and what follows is the command, as in pipe(8).
world::ProgramRequest parse_row(const config::Service& row, config::Findings& findings) {
    world::ProgramRequest out;
    const auto bad = [&](const std::string& text) { findings.add(config::Severity::error, row.file, row.line, base::format("service {}: {}", row.name, text)); };
    for (std::size_t i = 0; i < row.arguments.size(); ++i) {
        const std::string& word = row.arguments[i];
        if (word.starts_with("user=")) {
            out.user = word.substr(5);
        } else if (word.starts_with("argv=")) {
            out.arguments.assign(row.arguments.begin() + static_cast<std::ptrdiff_t>(i), row.arguments.end());
            out.arguments.front().erase(0, 5);
            break;
        } else {
            bad(base::format("unknown attribute name: {}", word));
        }
    }
    if (out.user.empty()) {
        bad("missing user= command-line attribute");
        return {};
    }
    if (out.arguments.empty() || out.arguments.front().empty()) {
        bad("missing argv= command-line attribute");
        return {};
    }
    return out;
}

// The name that a restriction has for it.
std::string policy_name(const config::Service& row) {
    if (row.type == config::ServiceType::unix_stream) {
        return (row.is_private ? "private/" : "public/") + row.name;
    }
    const receive::HostAndPort place = receive::split_host_and_port(row.name);
    return place.host + ":" + place.port;
}

}  // namespace

SpawnRows find_spawn_rows(const config::Configuration& configuration, const ServerWorld& world, config::Findings& findings) {
    SpawnRows out;
    for (const config::Service& row : configuration.services()) {
        if (row.command != "spawn" || (row.type != config::ServiceType::unix_stream && row.type != config::ServiceType::inet)) {
            continue;
        }
        const config::View view = configuration.view(row);
        world::ProgramRequest request = parse_row(row, findings);
        request.folder = view.text("queue_directory");
        request.time_limit = view.transport_time(row.name, "time_limit");
        const std::size_t limit = row.maxproc ? *row.maxproc : static_cast<std::size_t>(view.integer("default_process_limit"));
        out[policy_name(row)] = std::make_shared<SpawnRow>(std::move(request), limit, world.cores);
    }
    return out;
}

std::shared_ptr<receive::PolicyClients> make_policy_clients(const config::View& main, const SpawnRows& rows, const ServerWorld& world, world::Core& core) {
    receive::NetworkPolicyConnector::Places places{main.text("queue_directory"), main.text("known_tcp_ports"), world.port_lookup};
    auto make = [places = std::move(places), rows, programs = world.programs, &core](const receive::PolicyServerName& server) -> std::unique_ptr<receive::PolicyConnector> {
        std::string name = server.text;
        if (server.kind == receive::PolicyServerName::Kind::inet) {
            const receive::HostAndPort place = receive::split_host_and_port(server.text);
            name = place.host + ":" + place.port;
        } else if (name.starts_with(places.queue_directory + "/")) {
            name.erase(0, places.queue_directory.size() + 1);
        }
        if (const auto row = rows.find(name); row != rows.end()) {
            return std::make_unique<SpawnConnector>(row->second, programs, core);
        }
        return std::make_unique<receive::NetworkPolicyConnector>(server, places, core);
    };
    return std::make_shared<receive::PolicyClients>(std::move(make), core.clock);
}

}  // namespace posthouse::app
