#include "start/started_programs.hpp"

#include "os/users.hpp"
#include "start/program_starter.hpp"

namespace posthouse::app {

world::Task<base::Result<std::unique_ptr<world::Stream>>> StartedPrograms::start(world::ProgramRequest request, world::Core& home, world::Work ended) {
    const world::Deadline end = home.clock.deadline_in(request.time_limit);
    auto work = [&keeper = keeper_, end, request = std::move(request), ended = std::move(ended)]() mutable -> base::Result<os::FileDescriptor> {
        const auto user = os::find_program_user(request.user, os::current_user_id());
        if (!user) {
            ended();
            return std::unexpected(user.error());
        }
        return keeper.start({std::move(request.arguments), program_environment(), std::move(request.folder), *user}, end, std::move(ended));
    };
    world::Task<base::Result<os::FileDescriptor>> starting = world::off_core(pool_, home.executor, std::move(work));
    base::Result<os::FileDescriptor> stream = co_await std::move(starting);
    if (!stream) {
        co_return std::unexpected(stream.error());
    }
    co_return cores_.adopt(home.index, stream->release());
}

world::Task<base::Result<std::unique_ptr<world::Stream>>> SupervisedPrograms::start(world::ProgramRequest request, world::Core& home, world::Work ended) {
    auto work = [this, request = std::move(request), ended = std::move(ended)]() mutable -> base::Result<os::FileDescriptor> {
        auto asked = program_request(request.user, request.arguments, std::chrono::duration_cast<std::chrono::milliseconds>(request.time_limit));
        auto started = asked ? link_.call(std::move(*asked)) : base::Result<ServerLink::Reply>(std::unexpected(asked.error()));
        if (!started || started->descriptors.size() != 2) {
            ended();
            return started ? base::fail(base::ErrorKind::invalid, "supervisor: no program came") : std::unexpected(started.error());
        }
        watcher_.add(std::move(started->descriptors[1]), std::move(ended));
        return std::move(started->descriptors[0]);
    };
    world::Task<base::Result<os::FileDescriptor>> starting = world::off_core(pool_, home.executor, std::move(work));
    base::Result<os::FileDescriptor> stream = co_await std::move(starting);
    if (!stream) {
        co_return std::unexpected(stream.error());
    }
    co_return cores_.adopt(home.index, stream->release());
}

}  // namespace posthouse::app
