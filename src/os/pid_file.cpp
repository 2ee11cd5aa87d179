#include "os/pid_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "base/format.hpp"
#include "base/text.hpp"
#include "os/os_error.hpp"
#include "os/own_process.hpp"

namespace posthouse::os {

namespace {

constexpr std::string_view tool_mark = "tool";  // behind the process id, where nobody who wants only that looks
constexpr std::chrono::seconds tool_patience{10};
// A server whose supervisor was killed holds the lock while it ends in order, which takes it less than this.
constexpr std::chrono::seconds orphan_patience{50};
constexpr std::chrono::milliseconds look_again{10};

struct Holder {
    std::string pid = "unknown";
    bool is_tool = false;
    bool is_written_down = false;  // whoever has the lock writes its process id a moment later
    bool is_gone = false;          // the process ended, and left the lock to one that it started
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
    out.is_written_down = pid && *pid > 0 && *pid <= 0x7fffffff;
    out.is_gone = out.is_written_down && !process_exists(static_cast<pid_t>(*pid));
    return out;
}

base::Result<void> lock(const FileDescriptor& file, const std::string& path) {
    const auto began = std::chrono::steady_clock::now();
    while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
        const Holder holder = holder_of(file);
        if (holder.is_written_down && !holder.is_tool && !holder.is_gone) {
            return base::fail(base::ErrorKind::unavailable, base::format("the mail system is already running: {} is locked by process {}", path, holder.pid));
        }
        if (std::chrono::steady_clock::now() - began > (holder.is_gone ? orphan_patience : tool_patience)) {
            return base::fail(base::ErrorKind::unavailable, base::format("a tool or what is left of another server works on the queue: {} is locked by process {}", path, holder.pid));
        }
        std::this_thread::sleep_for(look_again);
    }
    return {};
}

}  // namespace

base::Result<FileDescriptor> lock_pid_file(const std::string& path, LockHolder us) {
    FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (!file.valid()) {
        return fail_os(errno, "open " + path);
    }
    if (const auto locked = lock(file, path); !locked) {
        return std::unexpected(locked.error());
    }
    const std::string text = base::format("{:>20}{}\n", ::getpid(), us == LockHolder::tool ? " " + std::string(tool_mark) : "");
    if (::ftruncate(file.get(), 0) != 0 || ::pwrite(file.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
        return fail_os(errno, "write " + path);
    }
    return file;
}

}  // namespace posthouse::os
