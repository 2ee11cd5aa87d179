#include "start/supervise.hpp"

#include <cstdio>
#include <cstdlib>

#include "base/format.hpp"
#include "os/limits.hpp"
#include "os/pid_file.hpp"
#include "os/init_system.hpp"
#include "os/posix_files.hpp"
#include "start/log_target.hpp"
#include "start/program_starter.hpp"
#include "start/read_configuration.hpp"
#include "start/supervisor.hpp"

namespace posthouse::app {

namespace {

// Of the program that ran in this process before; nullopt: none did.
std::optional<SupervisorState> left_to_us() {
    const char* text = std::getenv(SupervisorState::variable);
    auto state = text != nullptr ? SupervisorState::parse(text) : std::nullopt;
    ::unsetenv(SupervisorState::variable);  // no thread runs yet
    return state;
}

base::Result<os::FileDescriptor> take_queue(const config::View& view, world::Files& files) {
    const std::string pid_folder = view.text("queue_directory") + "/pid";
    if (const auto made = files.make_directories(pid_folder, 0755); !made) {
        return std::unexpected(made.error());
    }
    return os::lock_pid_file(pid_folder + "/master.pid");
}

}  // namespace

int supervise(const ServeRequest& request) {
    const std::vector<os::HandedSocket> handed = os::take_handed_sockets();
    os::PosixFiles files;
    const auto configuration = read_configuration(request, files);
    if (!configuration) {
        std::fprintf(stderr, "posthouse: fatal: %s\n", configuration.error().text.c_str());
        return 1;
    }
    const config::View view = (*configuration)->main();
    DirectLog output(log_device(view, files));
    observe::PostfixLog events(log_settings(view), output);
    const auto state = left_to_us();
    if (state) {
        os::keep_to_ourselves(state->lock);
    }
    const auto lock = state ? base::Result<os::FileDescriptor>(os::FileDescriptor(state->lock)) : take_queue(view, files);
    if (!lock) {
        std::fprintf(stderr, "posthouse: fatal: %s\n", lock.error().text.c_str());
        events.on("postfix/master", observe::Remark{observe::Severity::fatal, {}, lock.error().text});
        return 1;
    }
    std::string log_file = view.text("maillog_file");
    // As a server that is about to start reads it. With a main.cf that cannot be read there is none, and the log stays where it is.
    const auto configured = [&]() -> std::optional<config::View> {
        const auto now = read_configuration(request, files);
        return now ? std::optional((*now)->main()) : std::nullopt;
    };
    const auto open_log = [&] {
        const auto now = configured();
        return os::open_log_file(now ? now->text("maillog_file") : log_file);
    };
    const auto follow_log = [&] {
        const auto now = configured();
        if (now && now->text("maillog_file") != log_file) {
            log_file = now->text("maillog_file");
            output.use(log_device(*now, files));
        }
    };
    Supervisor supervisor({events, request.arguments, lock->get(), tell_ready, open_log, follow_log,
                           [&] { return std::make_unique<ProgramStarter>(request, events); }});
    for (const os::HandedSocket& socket : handed) {
        supervisor.adopt(socket.descriptor);
    }
    if (state) {
        supervisor.resume(*state);
    }
    return supervisor.run();
}

}  // namespace posthouse::app
