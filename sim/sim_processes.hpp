#pragma once
// SimProcesses: programs as functions, by the path in arguments[0].
#include <functional>
#include <map>

#include "sim/sim_clock.hpp"
#include "world/processes.hpp"

namespace posthouse::sim {

class SimProcesses final : public world::Processes {
public:
    using Program = std::function<world::ProcessResult(const world::ProcessRequest&)>;
    explicit SimProcesses(Scheduler& scheduler) : scheduler_(scheduler) {}

    void install(std::string path, Program program) { programs_[std::move(path)] = std::move(program); }
    world::Task<base::Result<world::ProcessResult>> run(world::ProcessRequest request, Deadline deadline) override {
        SimClock clock(scheduler_);
        const SteadyTime end = scheduler_.now() + scheduler_.random_duration(std::chrono::milliseconds(1), std::chrono::milliseconds(200));
        co_await clock.sleep_until(std::min(end, deadline.time()));
        if (end > deadline.time()) {
            co_return base::fail(base::ErrorKind::timeout, "program ran out of time");
        }
        const auto program = request.arguments.empty() ? programs_.end() : programs_.find(request.arguments.front());
        if (program == programs_.end()) {
            co_return base::fail(base::ErrorKind::not_found, "no such program");
        }
        co_return program->second(request);
    }

private:
    Scheduler& scheduler_;
    std::map<std::string, Program> programs_;
};

}  // namespace posthouse::sim
