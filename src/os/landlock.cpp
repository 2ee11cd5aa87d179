#include "os/landlock.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cerrno>

#include "base/format.hpp"
#include "os/file_descriptor.hpp"
#include "os/os_error.hpp"

namespace posthouse::os {

using base::Result;

namespace {

// linux/landlock.h; Debian 12's is older than the kernels that this may run on.
constexpr std::uint64_t execute = 1U << 0, write_file = 1U << 1, read_file = 1U << 2, read_dir = 1U << 3, remove_dir = 1U << 4, remove_file = 1U << 5, make_char = 1U << 6,
                        make_dir = 1U << 7, make_regular = 1U << 8, make_socket = 1U << 9, make_fifo = 1U << 10, make_block = 1U << 11, make_link = 1U << 12,
                        refer = 1U << 13, truncate = 1U << 14, ioctl_device = 1U << 15;
constexpr std::uint64_t scope_signal = 1U << 1;
// Sanitizers run a program that explains addresses, and look at their threads.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t reading = read_file | read_dir | execute;
constexpr const char* for_sanitizers = "/proc";
#else
constexpr std::uint64_t reading = read_file | read_dir;
constexpr const char* for_sanitizers = "";
#endif
constexpr std::uint64_t on_files = execute | write_file | read_file | truncate | ioctl_device;

struct Ruleset {
    std::uint64_t files = 0, net = 0, scoped = 0;
};
struct [[gnu::packed]] PathRule {
    std::uint64_t allowed = 0;
    std::int32_t parent = -1;
};

std::uint64_t writing(int version) {
    const std::uint64_t first = reading | write_file | remove_dir | remove_file | make_dir | make_regular | make_socket | make_fifo | make_link | refer;
    return version >= 3 ? first | truncate : first;
}

std::uint64_t all_rights(int version) {
    std::uint64_t out = writing(version) | execute | make_char | make_block;
    return version >= 5 ? out | ioctl_device : out;
}

Result<void> allow(const FileDescriptor& rules, const std::string& path, std::uint64_t rights) {
    const FileDescriptor place(::open(path.c_str(), O_PATH | O_CLOEXEC));
    struct stat status {};
    if (!place.valid() || ::fstat(place.get(), &status) != 0) {
        return errno == ENOENT || errno == ENOTDIR ? Result<void>() : fail_os(errno, "open " + path);
    }
    const PathRule rule{S_ISDIR(status.st_mode) ? rights : rights & on_files, place.get()};
    constexpr int path_beneath = 1;
    return ::syscall(SYS_landlock_add_rule, rules.get(), path_beneath, &rule, 0) == 0 ? Result<void>() : fail_os(errno, "landlock: allow " + path);
}

}  // namespace

int landlock_version() {
    constexpr unsigned ask_for_version = 1;
    const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, ask_for_version);
    return version > 0 ? static_cast<int>(version) : 0;
}

Result<void> reach_only(const ReachableFolders& folders) {
    const int version = landlock_version();
    if (version < 2) {
        return base::fail(base::ErrorKind::unavailable, version == 0 ? "this kernel has no Landlock, or it is not switched on" : "this kernel's Landlock is too old: version 1");
    }
    const Ruleset wanted{all_rights(version), 0, version >= 6 ? scope_signal : 0};
    const std::size_t size = version >= 6 ? sizeof(Ruleset) : version >= 4 ? 2 * sizeof(std::uint64_t) : sizeof(std::uint64_t);
    const FileDescriptor rules(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &wanted, size, 0)));
    if (!rules.valid()) {
        return fail_os(errno, "landlock");
    }
    if (auto allowed = allow(rules, for_sanitizers, reading); !allowed) {
        return allowed;
    }
    for (const std::string& path : folders.read) {
        if (auto allowed = allow(rules, path, reading); !allowed) {
            return allowed;
        }
    }
    for (const std::string& path : folders.write) {
        if (auto allowed = allow(rules, path, writing(version)); !allowed) {
            return allowed;
        }
    }
    if (::syscall(SYS_landlock_restrict_self, rules.get(), 0) != 0) {
        return fail_os(errno, "landlock");
    }
    return {};
}

Result<void> gain_no_privileges() { return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? Result<void>() : fail_os(errno, "no_new_privs"); }

}  // namespace posthouse::os
