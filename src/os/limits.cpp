#include "os/limits.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace posthouse::os {

namespace {

// memory.max of the process's own group (cgroup v2) and of those around it; "max", or no such file: no limit.
std::uint64_t control_group_limit() {
    std::uint64_t least = ~std::uint64_t{0};
    std::ifstream membership("/proc/self/cgroup");
    for (std::string line; std::getline(membership, line);) {
        if (!line.starts_with("0::/")) {
            continue;
        }
        for (std::string group = line.substr(3);; group.resize(group.rfind('/'))) {
            std::uint64_t here = 0;
            if (std::ifstream("/sys/fs/cgroup" + group + "/memory.max") >> here) {
                least = std::min(least, here);
            }
            if (group.empty() || group == "/") {
                break;
            }
        }
    }
    return least;
}

}  // namespace

std::size_t descriptor_limit() {
    rlimit limit{};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY ? limit.rlim_cur : std::size_t{1} << 20;
}

std::uint64_t memory_limit() {
    rlimit limit{};
    const auto pages = static_cast<std::uint64_t>(std::max(::sysconf(_SC_PHYS_PAGES), 0L));
    const auto page = static_cast<std::uint64_t>(std::max(::sysconf(_SC_PAGESIZE), 0L));
    std::uint64_t least = std::min(pages * page, control_group_limit());
    if (::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
        ::mallopt(M_ARENA_MAX, 2);  // each arena reserves 64 MiB of address space, and every thread would like one
        std::uint64_t pages_in_use = 0;
        std::ifstream("/proc/self/statm") >> pages_in_use;
        least = std::min(least, limit.rlim_cur - std::min<std::uint64_t>(limit.rlim_cur, pages_in_use * page));
    }
    return least;
}

void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

void name_process(const char* name) { ::prctl(PR_SET_NAME, name, 0, 0, 0); }

void leave_terminal() {
    // Whoever started us may read our output until its end, which would be ours.
    const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (nothing >= 0) {
            ::dup2(nothing, standard);
        }
    }
    ::close(nothing);
}

void announce_ready(int descriptor) {
    leave_terminal();
    const char ready = '\n';
    [[maybe_unused]] const auto written = ::write(descriptor, &ready, 1);
    ::close(descriptor);
}

}  // namespace posthouse::os
