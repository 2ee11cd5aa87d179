#include "os/users.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "os/file_descriptor.hpp"
#include "os/os_error.hpp"

namespace posthouse::os {

using base::Result;

namespace {

// Calls a get…_r function with a buffer that is large enough. These report "absent" in several ways (getpwnam(3)).
template <class Entry, class Call>
Result<bool> look_up(Entry& entry, std::vector<char>& buffer, const Call& call, const std::string& doing) {
    for (std::size_t size = 1024;; size *= 2) {
        buffer.resize(size);
        Entry* found = nullptr;
        const int error_number = call(&entry, buffer.data(), buffer.size(), &found);
        if (found != nullptr) {
            return true;
        }
        constexpr std::size_t size_max = 1U << 20;
        if (error_number == ERANGE && size < size_max) {
            continue;
        }
        if (error_number == 0 || error_number == ENOENT || error_number == ESRCH || error_number == EBADF ||
            error_number == EPERM) {
            return false;
        }
        return fail_os(error_number, doing);
    }
}

template <class Call>
Result<std::optional<User>> look_up_user(const Call& call, const std::string& doing) {
    passwd entry{};
    std::vector<char> buffer;
    const Result<bool> found = look_up(entry, buffer, call, doing);
    if (!found) {
        return std::unexpected(found.error());
    }
    if (!*found) {
        // libc says the same of a file that it cannot open (a sandbox, no descriptors): that is no answer.
        const FileDescriptor accounts(::open("/etc/passwd", O_RDONLY | O_CLOEXEC));
        if (!accounts.valid() && errno != ENOENT) {
            return fail_os(errno, doing + " in /etc/passwd");
        }
        return std::nullopt;
    }
    return User{entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_dir, entry.pw_shell};
}

}  // namespace

Result<std::optional<User>> find_user(const std::string& name) {
    const auto call = [&](passwd* entry, char* buffer, std::size_t size, passwd** found) {
        return ::getpwnam_r(name.c_str(), entry, buffer, size, found);
    };
    return look_up_user(call, "look up user " + name);
}

Result<std::optional<User>> find_user(std::uint32_t user_id) {
    const auto call = [&](passwd* entry, char* buffer, std::size_t size, passwd** found) {
        return ::getpwuid_r(user_id, entry, buffer, size, found);
    };
    return look_up_user(call, "look up user " + std::to_string(user_id));
}

Result<std::optional<std::string>> login_name(std::uint32_t user_id) {
    const auto user = find_user(user_id);
    if (!user) {
        return std::unexpected(user.error());
    }
    return *user ? std::optional((*user)->name) : std::nullopt;
}

Result<std::optional<std::uint32_t>> find_group(const std::string& name) {
    group entry{};
    std::vector<char> buffer;
    const auto call = [&](group* into, char* data, std::size_t size, group** found) {
        return ::getgrnam_r(name.c_str(), into, data, size, found);
    };
    const Result<bool> found = look_up(entry, buffer, call, "look up group " + name);
    if (!found) {
        return std::unexpected(found.error());
    }
    return *found ? std::optional<std::uint32_t>(entry.gr_gid) : std::nullopt;
}

std::uint32_t current_user_id() { return ::geteuid(); }

Result<void> drop_privileges(const User& user, Capabilities in_use, Capabilities at_hand) {
    const std::string doing = "become user " + user.name;
    if (::geteuid() != 0) {
        return ::geteuid() == user.user_id ? Result<void>{} : fail_os(EPERM, doing);
    }
    const Capabilities permitted = thread_rights().permitted & (in_use | at_hand);
    bound_rights(permitted);
    if (::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || ::initgroups(user.name.c_str(), user.group_id) != 0 ||
        ::setresgid(user.group_id, user.group_id, user.group_id) != 0 || ::setresuid(user.user_id, user.user_id, user.user_id) != 0 ||
        ::prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) != 0) {
        return fail_os(errno, doing);
    }
    if (const auto kept = set_thread_rights({permitted & in_use, permitted}); !kept) {
        return kept;
    }
    if (user.user_id != 0 && ::setuid(0) == 0) {
        return fail_os(EPERM, doing + ", which could become root again");
    }
#ifdef __SANITIZE_ADDRESS__
    ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);  // the search for leaks reads the memory of a process that changed its user
#endif
    return {};
}

}  // namespace posthouse::os
