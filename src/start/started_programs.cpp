#include "start/started_programs.hpp"

#include <cstdlib>

namespace posthouse::app {

namespace {

// What Postfix's clean_env() leaves: a fixed PATH and the names of export_environment's default.
std::vector<std::string> program_environment() {
    std::vector<std::string> out{"PATH=/bin:/usr/bin:/sbin:/usr/sbin"};
    for (const char* name : {"TZ", "MAIL_CONFIG", "LANG"}) {
        if (const char* value = std::getenv(name); value != nullptr) {
            out.push_back(std::string(name) + "=" + value);
        }
    }
    return out;
}

}  // namespace

world::Task<base::Result<std::unique_ptr<world::Stream>>> StartedPrograms::start(world::ProgramRequest request, world::Core& home, world::Work ended) {
    auto work = [&keeper = keeper_, end = home.clock.deadline_in(request.time_limit), request = std::move(request), ended = std::move(ended)]() mutable -> base::Result<os::FileDescriptor> {
        const auto user = os::find_program_user(request.user);
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

}  // namespace posthouse::app
