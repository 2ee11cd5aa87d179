#include "os/program_start.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "base/format.hpp"
#include "os/acting_as.hpp"
#include "os/os_error.hpp"
#include "os/users.hpp"

namespace posthouse::os {

using base::Result;

namespace {

Result<std::array<FileDescriptor, 2>> socket_pair(int type) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        return fail_os(errno, "socketpair");
    }
    return std::array<FileDescriptor, 2>{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
    std::vector<char*> out;
    for (const std::string& text : strings) {
        out.push_back(const_cast<char*>(text.c_str()));  // execve takes it so and leaves it as it is
    }
    out.push_back(nullptr);
    return out;
}

// By the kernel alone: other threads of the process that we were do not exist here, whatever glibc thinks.
bool become(const ProgramUser& user) {
    return ::syscall(SYS_setgroups, 1, &user.group_id) == 0 && ::syscall(SYS_setresgid, user.group_id, user.group_id, user.group_id) == 0 &&
           ::syscall(SYS_setresuid, user.user_id, user.user_id, user.user_id) == 0;
}

// In the new process, where only what is safe in a signal handler may be called. Returns only on failure.
void run(const ProgramStart& request, char* const* arguments, char* const* environment, int stream) {
    ::setpgid(0, 0);
    for (int number = 1; number < NSIG; ++number) {
        ::signal(number, SIG_DFL);
    }
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::dup2(stream, standard) < 0) {
            return;
        }
    }
    if (!request.folder.empty() && ::chdir(request.folder.c_str()) != 0) {
        return;
    }
    if (request.user && !become(*request.user)) {
        return;
    }
    ::execvpe(arguments[0], arguments, environment);
}

}  // namespace

Result<std::optional<ProgramUser>> find_program_user(const std::string& text, std::uint32_t mail_owner) {
    const auto unusable = [&](std::string_view why) { return base::fail(base::ErrorKind::invalid, base::format("user={}: {}", text, why)); };
    const std::size_t colon = text.find(':');
    const auto user = find_user(text.substr(0, colon));
    if (!user) {
        return std::unexpected(user.error());
    }
    if (!*user) {
        return unusable("unknown user name");
    }
    std::uint32_t group_id = (*user)->group_id;
    if (colon != std::string::npos) {
        const auto group = find_group(text.substr(colon + 1));
        if (!group) {
            return std::unexpected(group.error());
        }
        if (!*group) {
            return unusable("unknown group name");
        }
        group_id = **group;
    }
    const std::uint32_t user_id = (*user)->user_id;
    if (user_id == 0 || group_id == 0) {
        return unusable("specifies root's privileges");
    }
    const bool is_us = user_id == mail_owner;
    if (!ActingAs::is_possible()) {
        return is_us ? Result<std::optional<ProgramUser>>(std::nullopt) : unusable("root did not start this server, so it cannot become another user");
    }
    if (is_us) {
        return unusable("specifies the privileges of mail_owner");
    }
    return ProgramUser{user_id, group_id};
}

Result<StartedProgram> start_program(const ProgramStart& request) {
    if (request.arguments.empty()) {
        return base::fail(base::ErrorKind::invalid, "no command");
    }
    auto streams = socket_pair(SOCK_STREAM);
    auto failures = socket_pair(SOCK_SEQPACKET);  // carries an error number; closed without one when the program runs
    if (!streams || !failures) {
        return std::unexpected(!streams ? streams.error() : failures.error());
    }
    ::fcntl((*streams)[0].get(), F_SETFL, O_NONBLOCK);
    const std::vector<char*> arguments = pointers(request.arguments), environment = pointers(request.environment);
    const WithRights rights(Capabilities::become_others());
    const pid_t child = ::fork();
    if (child < 0) {
        return fail_os(errno, "fork");
    }
    if (child == 0) {
        run(request, arguments.data(), environment.data(), (*streams)[1].get());
        const int error_number = errno;
        [[maybe_unused]] const ssize_t told = ::write((*failures)[1].get(), &error_number, sizeof(error_number));
        ::_exit(127);
    }
    (*failures)[1].close();
    (*streams)[1].close();
    int error_number = 0;
    ssize_t count = 0;
    do {
        count = ::read((*failures)[0].get(), &error_number, sizeof(error_number));
    } while (count < 0 && errno == EINTR);
    if (count > 0) {
        int status = 0;
        ::waitpid(child, &status, 0);
        return fail_os(error_number, "run " + request.arguments[0]);
    }
    return StartedProgram{child, std::move((*streams)[0])};
}

}  // namespace posthouse::os
