#include "tools/server_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "base/format.hpp"
#include "base/text.hpp"
#include "tools/control_client.hpp"
#include "tools/sibling.hpp"

namespace posthouse::tools {
namespace {

constexpr int poll_milliseconds = 20;
constexpr int start_patience_milliseconds = 60'000;

std::string program_of(pid_t pid) {
    char path[4096];
    const ssize_t length = readlink(base::format("/proc/{}/exe", pid).c_str(), path, sizeof(path));
    std::string out = length > 0 ? std::string(path, static_cast<std::size_t>(length)) : "";
    // After an upgrade the running server's file is a deleted one.
    constexpr std::string_view deleted = " (deleted)";
    return out.ends_with(deleted) ? out.substr(0, out.size() - deleted.size()) : out;
}

// An upgrade may have put the program elsewhere.
std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool serves(const ToolSettings& settings) { return ControlClient::connect(settings.queue_directory, control::Door::everyone).has_value(); }

// In the child: leave the terminal, and run.
[[noreturn]] void run_child(const ToolSettings& settings, int ready) {
    setsid();
    const int nothing = open("/dev/null", O_RDWR);
    if (nothing >= 0) {
        dup2(nothing, STDIN_FILENO);
    }
    setenv("POSTHOUSE_READY_FD", std::to_string(ready).c_str(), 1);
    become_server(settings);
    _exit(127);
}

enum class Readiness { served, ended, too_late };

Readiness wait_until_ready(const ToolSettings& settings, pid_t child, int ready) {
    bool pipe_open = true;
    for (int waited = 0; waited < start_patience_milliseconds; waited += poll_milliseconds) {
        pollfd end{pipe_open ? ready : -1, POLLIN, 0};
        if (poll(&end, 1, poll_milliseconds) > 0) {
            char byte = 0;
            if (read(ready, &byte, 1) == 1) {
                return Readiness::served;
            }
            pipe_open = false;  // the server ended, or does not know of the pipe: then the socket tells
        }
        int status = 0;
        if (waitpid(child, &status, WNOHANG) == child) {
            return Readiness::ended;
        }
        // Not while the pipe is open: its control socket answers before it knows whether all addresses can be had.
        if (!pipe_open && serves(settings)) {
            return Readiness::served;
        }
    }
    return Readiness::too_late;
}

}  // namespace

std::optional<pid_t> running_server(const ToolSettings& settings) {
    std::ifstream file(settings.queue_directory + "/pid/master.pid");
    std::string line;
    std::getline(file, line);
    const auto number = base::parse_number(base::trim(line));
    if (!number || *number == 0 || *number > 0x7fffffff) {
        return std::nullopt;
    }
    const auto pid = static_cast<pid_t>(*number);
    // The file outlives a crash, and its number may belong to somebody else by now.
    const bool lives = kill(pid, 0) == 0 || errno == EPERM;
    const std::string program = program_of(pid);
    const bool is_ours = program.empty() ? serves(settings) : name_of(program) == name_of(own_program());
    return lives && is_ours ? std::optional(pid) : std::nullopt;
}

void become_server(const ToolSettings& settings) { run_sibling({"posthouse", "-c", settings.config_directory}); }

base::Result<void> start_server(const ToolSettings& settings) {
    int ends[2];
    if (pipe(ends) != 0) {
        return base::fail(base::ErrorKind::io, std::string("pipe: ") + std::strerror(errno));
    }
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    const pid_t child = fork();
    if (child < 0) {
        return base::fail(base::ErrorKind::io, std::string("fork: ") + std::strerror(errno));
    }
    if (child == 0) {
        run_child(settings, ends[1]);
    }
    close(ends[1]);
    const Readiness readiness = wait_until_ready(settings, child, ends[0]);
    close(ends[0]);
    switch (readiness) {
        case Readiness::served: return {};
        case Readiness::ended: return base::fail(base::ErrorKind::unavailable, "mail system startup failed");
        case Readiness::too_late: break;
    }
    return base::fail(base::ErrorKind::timeout, "mail system startup takes too long; it goes on in the background");
}

bool wait_for_end(const ToolSettings& settings, std::chrono::milliseconds patience) {
    for (auto waited = std::chrono::milliseconds(0); waited < patience; waited += std::chrono::milliseconds(poll_milliseconds)) {
        if (!running_server(settings)) {
            return true;
        }
        poll(nullptr, 0, poll_milliseconds);
    }
    return !running_server(settings);
}

}  // namespace posthouse::tools
