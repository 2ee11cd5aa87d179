#pragma once
// SimServer: the whole server (app::Server) on one simulated machine, through crashes, restarts and reloads. Every call is
// made from outside the scheduler and runs it as far as it needs.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/server.hpp"
#include "sim/machine.hpp"
#include "sim/sim_events.hpp"
#include "world/task_group.hpp"

namespace posthouse::sim {

struct SimServerSettings {
    base::IpAddress address;
    std::optional<base::IpAddress> address_v6 = {};
    std::string main_cf;    // /etc/postfix/main.cf
    std::string master_cf;
    std::function<std::unique_ptr<mail::Spool>(mail::Spool&)> wrap_spool = {};  // see app::ServerWorld
};

class SimServer {
public:
    SimServer(World& world, SimServerSettings settings);
    SimServer(const SimServer&) = delete;
    SimServer& operator=(const SimServer&) = delete;
    ~SimServer();

    /// Switches the machine on if it is off, and starts the server. False: it did not come up, see problems() unless the
    /// power went meanwhile or the disk fails.
    bool start();
    /// With power: the orderly end. Without: everything that still runs is brought to its end, on a machine on which nothing
    /// has any effect any more. The server is gone afterwards; every task has ended, or it is a problem.
    void stop();
    /// What postfix reload does. The text: why it was refused.
    std::optional<std::string> reload();
    void flush();
    /// What postsuper and postqueue -i do to one message. Whether it was done, as far as the administrator hears.
    using Action = queue::CoreQueue::AdminAction;
    bool administer(mail::QueueId id, Action action);
    /// Messages that core looks after in memory; 0 if nothing runs.
    [[nodiscard]] std::size_t active_count(std::size_t core) const;

    [[nodiscard]] bool running() const { return server_ != nullptr; }
    [[nodiscard]] Machine& machine() { return machine_; }
    [[nodiscard]] SimEvents& events() { return events_; }
    /// What the running server's spool holds; nullopt: it cannot say.
    [[nodiscard]] std::optional<std::vector<mail::StoredMessage>> stored();
    /// After stop(), with power: what is wrong with the spool file or left over in it.
    [[nodiscard]] std::vector<std::string> inspect_spool();
    /// What went wrong with starting and stopping, and what the log says.
    [[nodiscard]] std::vector<std::string> problems() const;

private:
    base::Result<std::shared_ptr<const config::Configuration>> read_configuration();
    app::ServerWorld make_world();
    [[nodiscard]] config::SystemFacts facts() const;
    /// Runs `task` on core 0 until it has ended; false: it has not, or the power is gone.
    bool run(std::function<world::Task<void>()> task, Duration limit);

    World& world_;
    SimServerSettings settings_;
    Machine machine_;
    SimEvents events_;
    std::string last_texts_;  // of main.cf and master.cf
    std::shared_ptr<const config::Configuration> last_configuration_;
    std::vector<std::string> problems_;
    std::unique_ptr<app::Server> server_;
    std::unique_ptr<world::TaskGroup> tasks_ = std::make_unique<world::TaskGroup>();
};

}  // namespace posthouse::sim
