#pragma once
// ProgramKeeper: watches started programs from a thread of its own: collects those that end, kills those past their time.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "os/program_start.hpp"
#include "world/deadline.hpp"

namespace posthouse::os {

class ProgramKeeper {
public:
    /// `report` is told, on the keeper's thread, of programs that ended badly: warnings as spawn(8) words them.
    explicit ProgramKeeper(std::function<void(const std::string&)> report);
    /// Kills what still runs, and waits for it.
    ~ProgramKeeper();
    ProgramKeeper(const ProgramKeeper&) = delete;
    ProgramKeeper& operator=(const ProgramKeeper&) = delete;

    /// start_program(), whose process is killed with its group at `end`. `ended` is called once on the keeper's thread, or here
    /// if nothing was started. From any thread that may block.
    base::Result<FileDescriptor> start(const ProgramStart& request, world::Deadline end, std::move_only_function<void()> ended);
    /// Whether a program that it started runs.
    [[nodiscard]] bool is_busy() const;

private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace posthouse::os
