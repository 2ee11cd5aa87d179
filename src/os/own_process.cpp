#include "os/own_process.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "base/format.hpp"
#include "os/os_error.hpp"

namespace posthouse::os {

using base::Result;

namespace {

std::vector<char*> pointers(const std::vector<std::string>& strings) {
    std::vector<char*> out;
    for (const std::string& text : strings) {
        out.push_back(const_cast<char*>(text.c_str()));  // execve takes it so and leaves it as it is
    }
    out.push_back(nullptr);
    return out;
}

std::vector<std::string> environment_with(const std::vector<std::pair<std::string, std::string>>& more) {
    std::vector<std::string> out;
    for (const auto& [name, value] : more) {
        out.push_back(base::format("{}={}", name, value));
    }
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const auto is_replaced = [&](const auto& pair) { return text.starts_with(pair.first) && text.substr(pair.first.size()).starts_with('='); };
        if (std::none_of(more.begin(), more.end(), is_replaced)) {
            out.emplace_back(text);
        }
    }
    return out;
}

void keep_across_exec(const std::vector<int>& descriptors, int flags) {
    for (const int number : descriptors) {
        ::fcntl(number, F_SETFD, flags);
    }
}

// Safe between fork and exec.
void forget_signal_settings() {
    for (int number = 1; number < NSIG; ++number) {
        ::signal(number, SIG_DFL);
    }
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace

std::string installed_program() {
    std::array<char, 4096> path{};
    const ssize_t length = ::readlink(running_program, path.data(), path.size());
    std::string out = length > 0 ? std::string(path.data(), static_cast<std::size_t>(length)) : std::string(running_program);
    constexpr std::string_view deleted = " (deleted)";
    return out.ends_with(deleted) ? out.substr(0, out.size() - deleted.size()) : out;
}

Result<OwnChild> start_own(const OwnStart& start) {
    const std::vector<std::string> environment = environment_with(start.environment);
    const std::vector<char*> arguments = pointers(start.arguments), variables = pointers(environment);
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {  // closed by exec, or an error number
        return fail_os(errno, "pipe");
    }
    FileDescriptor failed(ends[0]), failing(ends[1]);
    const pid_t child = ::fork();
    if (child < 0) {
        return fail_os(errno, "fork");
    }
    if (child == 0) {
        forget_signal_settings();
        keep_across_exec(start.inherited, 0);
        ::execve(start.program.c_str(), arguments.data(), variables.data());
        const int error_number = errno;
        [[maybe_unused]] const ssize_t told = ::write(failing.get(), &error_number, sizeof(error_number));
        ::_exit(127);
    }
    failing.close();
    OwnChild out{child, FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)))};
    const int no_handle = errno;
    int error_number = 0;
    ssize_t got = 0;
    do {
        got = ::read(failed.get(), &error_number, sizeof(error_number));
    } while (got < 0 && errno == EINTR);
    if (got > 0 || !out.handle.valid()) {
        ::kill(child, SIGKILL);
        static_cast<void>(collect(child));
        return fail_os(got > 0 ? error_number : no_handle, got > 0 ? "run " + start.program : std::string("pidfd_open"));
    }
    return out;
}

OwnChild adopt_child(pid_t process) { return {process, FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)))}; }

base::Error become_own(const OwnStart& start) {
    const std::vector<std::string> environment = environment_with(start.environment);
    keep_across_exec(start.inherited, 0);
    ::execve(start.program.c_str(), pointers(start.arguments).data(), pointers(environment).data());
    const int error_number = errno;
    keep_across_exec(start.inherited, FD_CLOEXEC);
    return fail_os(error_number, "run " + start.program).error();
}

void keep_to_ourselves(int descriptor) { ::fcntl(descriptor, F_SETFD, FD_CLOEXEC); }

ProcessEnd collect(pid_t process) {
    int status = 0;
    while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFSIGNALED(status) ? ProcessEnd{0, WTERMSIG(status)} : ProcessEnd{WEXITSTATUS(status), 0};
}

void leave_now(int exit_status) { ::_exit(exit_status); }

bool send_signal(pid_t process, int signal) { return ::kill(process, signal) == 0; }

bool process_exists(pid_t process) { return ::kill(process, 0) == 0 || errno == EPERM; }

}  // namespace posthouse::os
