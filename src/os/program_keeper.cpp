#include "os/program_keeper.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <mutex>
#include <thread>

#include "base/format.hpp"
#include "os/os_error.hpp"

namespace posthouse::os {

namespace {

struct Running {
    pid_t process = 0;
    FileDescriptor handle;  // pidfd: readable when the process has ended
    world::Deadline end = world::Deadline::never();
    std::string name;
    std::move_only_function<void()> ended;
    bool killed = false;
};

std::string bad_end(const Running& program, int status) {
    if (WIFEXITED(status)) {
        return WEXITSTATUS(status) == 0 ? std::string() : base::format("command {} exit status {}", program.name, WEXITSTATUS(status));
    }
    return base::format("process id {}: command {} killed by signal {}", program.process, program.name, WTERMSIG(status));
}

}  // namespace

class ProgramKeeper::State {
public:
    explicit State(std::function<void(const std::string&)> report) : report_(std::move(report)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
    ~State() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        wake();
        if (thread_.joinable()) {
            thread_.join();
        }
    }

    void add(Running program) {
        const std::lock_guard lock(mutex_);
        running_.push_back(std::move(program));
        if (!thread_.joinable()) {
            thread_ = std::thread([this] { watch(); });
        }
        wake();
    }

    bool is_busy() {
        const std::lock_guard lock(mutex_);
        return !running_.empty();
    }

private:
    void wake() const { ::eventfd_write(wake_.get(), 1); }

    // Under the lock.
    int wait_max() const {
        world::SteadyTime first = world::SteadyTime::max();
        for (const Running& program : running_) {
            first = program.killed ? first : std::min(first, program.end.time());
        }
        if (first == world::SteadyTime::max()) {
            return -1;
        }
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(first - std::chrono::steady_clock::now());
        return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 3'600'000));
    }

    void watch() {
        for (;;) {
            std::vector<pollfd> watched{{wake_.get(), POLLIN, 0}};
            int wait = -1;
            {
                const std::lock_guard lock(mutex_);
                if (stopping_ && running_.empty()) {
                    return;
                }
                for (const Running& program : running_) {
                    watched.push_back({program.handle.get(), POLLIN, 0});
                }
                wait = wait_max();
            }
            ::poll(watched.data(), watched.size(), wait);
            eventfd_t count = 0;
            ::eventfd_read(wake_.get(), &count);
            look();
        }
    }

    void look() {
        std::vector<Running> gone;
        std::vector<std::string> reports;
        {
            const std::lock_guard lock(mutex_);
            const auto now = std::chrono::steady_clock::now();
            for (Running& program : running_) {
                int status = 0;
                if (::waitpid(program.process, &status, WNOHANG) == program.process) {
                    if (const std::string bad = bad_end(program, status); !bad.empty() && !program.killed) {
                        reports.push_back(bad);
                    }
                    program.handle.close();
                    gone.push_back(std::move(program));
                } else if ((stopping_ || program.end.passed(now)) && !std::exchange(program.killed, true)) {
                    ::kill(-program.process, SIGKILL);
                    if (!stopping_) {
                        reports.push_back(base::format("{}: process id {}: command time limit exceeded", program.name, program.process));
                    }
                }
            }
            std::erase_if(running_, [](const Running& program) { return !program.handle.valid(); });
        }
        for (const std::string& text : reports) {
            report_(text);
        }
        for (Running& program : gone) {
            program.ended();
        }
    }

    std::function<void(const std::string&)> report_;
    FileDescriptor wake_;
    std::mutex mutex_;
    std::vector<Running> running_;
    bool stopping_ = false;
    std::thread thread_;
};

ProgramKeeper::ProgramKeeper(std::function<void(const std::string&)> report) : state_(std::make_unique<State>(std::move(report))) {}
ProgramKeeper::~ProgramKeeper() = default;

bool ProgramKeeper::is_busy() const { return state_->is_busy(); }

base::Result<FileDescriptor> ProgramKeeper::start(const ProgramStart& request, world::Deadline end, std::move_only_function<void()> ended) {
    base::Result<StartedProgram> started = start_program(request);
    if (!started) {
        ended();
        return std::unexpected(started.error());
    }
    FileDescriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, started->process, 0)));
    if (!handle.valid()) {
        const int error_number = errno;
        ::kill(-started->process, SIGKILL);
        int status = 0;
        ::waitpid(started->process, &status, 0);
        ended();
        return fail_os(error_number, "pidfd_open");
    }
    state_->add({started->process, std::move(handle), end, request.arguments[0], std::move(ended)});
    return std::move(started->stream);
}

}  // namespace posthouse::os
