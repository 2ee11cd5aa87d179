#pragma once
// world::Programs: os/ starts them, net/ talks to them.
#include "net/asio_cores.hpp"
#include "os/program_keeper.hpp"
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

}  // namespace posthouse::app
