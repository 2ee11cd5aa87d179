#pragma once
// world::Processes: commands run by posix_spawn(3), watched by a thread of the blocking pool.
#include "world/cores.hpp"
#include "world/processes.hpp"

namespace posthouse::os {

/// Runs a command to its end and keeps the first 64 KiB of what it says; at the deadline it is killed with all its group
/// (ErrorKind::timeout). Blocks.
base::Result<world::ProcessResult> run_command(const world::ProcessRequest& request, world::Deadline deadline);

/// For one core: tasks come back to `home`. Each running command occupies a thread of `pool`.
class ChildProcesses final : public world::Processes {
public:
    ChildProcesses(world::BlockingPool& pool, world::Executor& home) : pool_(pool), home_(home) {}
    world::Task<base::Result<world::ProcessResult>> run(world::ProcessRequest request, world::Deadline deadline) override;

private:
    world::BlockingPool& pool_;
    world::Executor& home_;
};

}  // namespace posthouse::os
