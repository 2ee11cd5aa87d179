#pragma once
// Machine: a computer of the simulation. Its disk and files last; cores, network and blocking pools belong to one life,
// from boot() to power_loss().
//
// How a server dies without running its shutdown: power_loss() makes the world refuse everything from that moment (streams,
// disk and file handles fail, nobody outside hears a byte more), so that whatever the server still does while its tasks are
// cancelled has no effect. Then: cancel its root TaskGroup, run the scheduler until the group is empty, destroy it, boot().
#include <memory>
#include <vector>

#include "sim/sim_cores.hpp"
#include "sim/sim_files.hpp"
#include "sim/sim_pool.hpp"
#include "sim/sim_processes.hpp"
#include "sim/sim_tls.hpp"
#include "sim/world.hpp"

namespace posthouse::sim {

struct MachineSettings {
    std::string name = "mx";
    std::vector<base::IpAddress> addresses;
    std::size_t cores = 2;
};

class Machine {
public:
    /// Off until boot().
    Machine(World& world, MachineSettings settings);

    /// Begins a new life on what the disk kept. Nothing of the last life may be in use any more.
    void boot();
    /// The process on it has exited and another begins: new cores, pools and network, on the same page cache. Nothing of the
    /// old process may be in use any more.
    void restart_process();
    /// The process is killed: as far as the server can tell the same as power_loss(), but the next boot() finds everything
    /// that was written.
    void kill();
    /// The plug is pulled. Idempotent; also what the disk's fault plan triggers (DiskFaults::power_loss_at).
    void power_loss();
    [[nodiscard]] bool powered() const { return life_ != nullptr && life_->powered; }
    /// Lives so far.
    [[nodiscard]] int boots() const { return boots_; }

    [[nodiscard]] world::Cores& cores() { return *cores_; }
    /// Dies with this life.
    [[nodiscard]] world::BlockingPool& add_pool(std::size_t threads);
    /// Of every pool, in this life and the next.
    void set_pool_timing(PoolTiming timing);
    [[nodiscard]] SimDisk& disk() { return disk_; }
    [[nodiscard]] SimFiles& files() { return files_; }
    [[nodiscard]] SimTls& tls() { return tls_; }
    [[nodiscard]] SimProcesses& processes() { return processes_; }
    [[nodiscard]] HostsFile& hosts() { return hosts_; }

private:
    void make_cores();

    World& world_;
    MachineSettings settings_;
    SimDisk disk_;
    SimFiles files_;
    SimTls tls_;
    SimProcesses processes_;
    HostsFile hosts_;
    std::shared_ptr<Incarnation> life_;
    int boots_ = 0;
    bool killed_ = false;  // and the machine goes on
    std::unique_ptr<SimCores> cores_;
    PoolTiming pool_timing_;
    std::vector<std::unique_ptr<SimPool>> pools_;  // before the cores: their last work posts to them
};

}  // namespace posthouse::sim
