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

// A server whose supervisor was killed holds the lock while it ends in order, which takes it less than this.
constexpr std::chrono::seconds orphan_patience{50};
constexpr std::chrono::milliseconds look_again{10};

// "unknown" if the file does not say.
std::string holder_of(const FileDescriptor& file) {
    std::string holder(32, '\0');
    const ssize_t got = ::pread(file.get(), holder.data(), holder.size(), 0);
    holder.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    const std::size_t first = holder.find_first_of("0123456789");
    return first == std::string::npos ? "unknown" : holder.substr(first, holder.find_first_not_of("0123456789", first) - first);
}

bool lock(const FileDescriptor& file) {
    const auto end = std::chrono::steady_clock::now() + orphan_patience;
    while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
        const auto holder = base::parse_number(holder_of(file));
        if (!holder || *holder > 0x7fffffff || process_exists(static_cast<pid_t>(*holder)) || std::chrono::steady_clock::now() > end) {
            return false;
        }
        std::this_thread::sleep_for(look_again);
    }
    return true;
}

}  // namespace

base::Result<FileDescriptor> lock_pid_file(const std::string& path) {
    FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (!file.valid()) {
        return fail_os(errno, "open " + path);
    }
    if (!lock(file)) {
        return base::fail(base::ErrorKind::unavailable, base::format("the mail system is already running: {} is locked by process {}", path, holder_of(file)));
    }
    const std::string text = base::format("{:>20}\n", ::getpid());
    if (::ftruncate(file.get(), 0) != 0 || ::pwrite(file.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
        return fail_os(errno, "write " + path);
    }
    return file;
}

}  // namespace posthouse::os
