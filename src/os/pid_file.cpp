#include "os/pid_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <chrono>
#include <thread>

#include "base/format.hpp"
#include "base/text.hpp"
#include "os/os_error.hpp"

namespace posthouse::os {

namespace {

constexpr std::string_view tool_mark = "tool";  // behind the process id, where nobody who wants only that looks

struct Holder {
    std::string pid = "unknown";
    bool is_tool = false;
    /// Nobody, or somebody who is gone: whoever has the lock has not written down yet who it is.
    bool is_unknown = true;
};

Holder holder_of(const FileDescriptor& file) {
    std::string text(64, '\0');
    const ssize_t got = ::pread(file.get(), text.data(), text.size(), 0);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    Holder out;
    if (const std::size_t first = text.find_first_of("0123456789"); first != std::string::npos) {
        out.pid = text.substr(first, text.find_first_not_of("0123456789", first) - first);
    }
    out.is_tool = text.find(tool_mark) != std::string::npos;
    const auto pid = base::parse_number(out.pid);
    out.is_unknown = !pid || *pid == 0 || *pid > 0x7fffffff || (::kill(static_cast<pid_t>(*pid), 0) != 0 && errno == ESRCH);
    return out;
}

}  // namespace

base::Result<FileDescriptor> lock_pid_file(const std::string& path, LockHolder us) {
    FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (!file.valid()) {
        return fail_os(errno, "open " + path);
    }
    constexpr std::chrono::milliseconds step{20};
    std::chrono::milliseconds patience{10'000};
    while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
        const Holder holder = holder_of(file);
        if (!holder.is_tool && !holder.is_unknown) {
            return base::fail(base::ErrorKind::unavailable, base::format("the mail system is already running: {} is locked by process {}", path, holder.pid));
        }
        if (patience <= std::chrono::milliseconds{0}) {
            return base::fail(base::ErrorKind::unavailable, base::format("a tool or another server works on the queue: {} is locked by process {}", path, holder.pid));
        }
        std::this_thread::sleep_for(step);
        patience -= step;
    }
    const std::string text = base::format("{:>20}{}\n", ::getpid(), us == LockHolder::tool ? " " + std::string(tool_mark) : "");
    if (::ftruncate(file.get(), 0) != 0 || ::pwrite(file.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
        return fail_os(errno, "write " + path);
    }
    return file;
}

}  // namespace posthouse::os
