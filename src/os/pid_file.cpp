#include "os/pid_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "base/format.hpp"
#include "os/os_error.hpp"

namespace posthouse::os {

base::Result<FileDescriptor> lock_pid_file(const std::string& path) {
    FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (!file.valid()) {
        return fail_os(errno, "open " + path);
    }
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
        std::string holder(32, '\0');
        const ssize_t got = ::pread(file.get(), holder.data(), holder.size(), 0);
        holder.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        const std::size_t first = holder.find_first_of("0123456789");
        const std::string pid = first == std::string::npos ? "unknown" : holder.substr(first, holder.find_first_not_of("0123456789", first) - first);
        return base::fail(base::ErrorKind::unavailable, base::format("the mail system is already running: {} is locked by process {}", path, pid));
    }
    const std::string text = base::format("{:>20}\n", ::getpid());
    if (::ftruncate(file.get(), 0) != 0 || ::pwrite(file.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
        return fail_os(errno, "write " + path);
    }
    return file;
}

}  // namespace posthouse::os
