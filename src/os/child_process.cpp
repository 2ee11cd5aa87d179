#include "os/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <csignal>

#include "os/file_descriptor.hpp"
#include "os/os_error.hpp"

namespace posthouse::os {

using base::Result;
using world::ProcessResult;

namespace {

constexpr std::size_t output_max = 64U * 1024;

struct Pipe {
    FileDescriptor ours, theirs;
};

// A socket pair instead of pipes: writing to a command that does not read is an error, not a signal.
Result<Pipe> make_pipe(int our_direction) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        return fail_os(errno, "socketpair");
    }
    Pipe pipe{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
    ::shutdown(pipe.ours.get(), our_direction == SHUT_WR ? SHUT_RD : SHUT_WR);
    return pipe;
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
    std::vector<char*> out;
    for (const std::string& text : strings) {
        out.push_back(const_cast<char*>(text.c_str()));
    }
    out.push_back(nullptr);
    return out;
}

Result<pid_t> spawn(const world::ProcessRequest& request, int input, int output) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t set;
    sigemptyset(&set);
    posix_spawnattr_setsigmask(&attributes, &set);
    sigfillset(&set);
    posix_spawnattr_setsigdefault(&attributes, &set);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    pid_t child = 0;
    const int error_number = ::posix_spawn(&child, request.arguments[0].c_str(), &actions, &attributes,
                                           pointers(request.arguments).data(), pointers(request.environment).data());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (error_number != 0) {
        return fail_os(error_number, "run " + request.arguments[0]);
    }
    return child;
}

int milliseconds_left(world::Deadline deadline) {
    if (deadline.time() == world::SteadyTime::max()) {
        return 60'000;
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline.time() - std::chrono::steady_clock::now());
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

// Feeds and listens until the command closes its output. False: the deadline came first.
bool converse(FileDescriptor& input, const FileDescriptor& output, std::string_view feed, std::string& said,
              world::Deadline deadline) {
    std::array<char, 8192> buffer;
    for (;;) {
        if (feed.empty()) {
            input.close();
        }
        std::array<pollfd, 2> watched{{{output.get(), POLLIN, 0}, {input.get(), POLLOUT, 0}}};
        const int ready = ::poll(watched.data(), input.valid() ? 2 : 1, milliseconds_left(deadline));
        if (ready <= 0) {
            if (deadline.passed(std::chrono::steady_clock::now())) {
                return false;
            }
            continue;
        }
        if (input.valid() && watched[1].revents != 0) {
            const ssize_t count = ::send(input.get(), feed.data(), feed.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
            if (count >= 0) {
                feed.remove_prefix(static_cast<std::size_t>(count));
            } else if (errno != EAGAIN && errno != EINTR) {
                feed = {};  // it does not want to hear more
            }
        }
        if (watched[0].revents != 0) {
            const ssize_t count = ::recv(output.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
            if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) {
                return true;
            }
            if (count > 0) {
                said.append(buffer.data(), std::min(static_cast<std::size_t>(count), output_max - said.size()));
            }
        }
    }
}

// A command may close its output and go on: waits for its end too.
bool wait_for_end(pid_t child, int& status, world::Deadline deadline) {
    for (int pause = 1;; pause = std::min(pause * 2, 50)) {
        if (::waitpid(child, &status, WNOHANG) != 0) {
            return true;
        }
        const int left = milliseconds_left(deadline);
        if (left == 0) {
            return false;
        }
        ::poll(nullptr, 0, std::min(pause, left));
    }
}

}  // namespace

Result<ProcessResult> run_command(const world::ProcessRequest& request, world::Deadline deadline) {
    if (request.arguments.empty()) {
        return base::fail(base::ErrorKind::invalid, "no command");
    }
    Result<Pipe> input = make_pipe(SHUT_WR);
    Result<Pipe> output = make_pipe(SHUT_RD);
    if (!input || !output) {
        return std::unexpected(!input ? input.error() : output.error());
    }
    const Result<pid_t> child = spawn(request, input->theirs.get(), output->theirs.get());
    if (!child) {
        return std::unexpected(child.error());
    }
    input->theirs.close();
    output->theirs.close();
    ProcessResult result;
    int status = 0;
    if (!converse(input->ours, output->ours, request.input, result.output, deadline) ||
        !wait_for_end(*child, status, deadline)) {
        ::kill(-*child, SIGKILL);
        ::waitpid(*child, &status, 0);
        return base::fail(base::ErrorKind::timeout, "command time limit exceeded: " + request.arguments[0]);
    }
    result.exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return result;
}

world::Task<Result<ProcessResult>> ChildProcesses::run(world::ProcessRequest request, world::Deadline deadline) {
    auto work = [request = std::move(request), deadline] { return run_command(request, deadline); };
    world::Task<Result<ProcessResult>> running = world::off_core(pool_, home_, std::move(work));
    co_return co_await std::move(running);
}

}  // namespace posthouse::os
