#pragma once
// world::Programs: os/ starts them, net/ talks to them.
#include "net/asio_cores.hpp"
#include "os/end_watcher.hpp"
#include "os/program_keeper.hpp"
#include "start/server_link.hpp"
#include "world/programs.hpp"

namespace posthouse::app {

class StartedPrograms final : public world::Programs {
public:
    StartedPrograms(os::ProgramKeeper& keeper, world::BlockingPool& pool, net::RealCores& cores) : keeper_(keeper), pool_(pool), cores_(cores) {}
    world::Task<base::Result<std::unique_ptr<world::Stream>>> start(world::ProgramRequest request, world::Core& home, world::Work ended) override;

private:
    os::ProgramKeeper& keeper_;
    world::BlockingPool& pool_;
    net::RealCores& cores_;
};

/// By the supervisor, for a server that may run nothing.
class SupervisedPrograms final : public world::Programs {
public:
    SupervisedPrograms(ServerLink& link, world::BlockingPool& pool, net::RealCores& cores) : link_(link), pool_(pool), cores_(cores) {}
    world::Task<base::Result<std::unique_ptr<world::Stream>>> start(world::ProgramRequest request, world::Core& home, world::Work ended) override;

private:
    ServerLink& link_;
    world::BlockingPool& pool_;
    net::RealCores& cores_;
    os::EndWatcher watcher_;
};

}  // namespace posthouse::app
