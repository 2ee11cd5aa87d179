#include "os/acting_as.hpp"

#include <grp.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "base/format.hpp"
#include "os/os_error.hpp"

namespace posthouse::os {

namespace {

// Without glibc, which would change every thread's groups.
bool set_groups(const std::vector<gid_t>& groups) { return ::syscall(SYS_setgroups, groups.size(), groups.data()) == 0; }

std::vector<gid_t> groups_of_process() {
    std::vector<gid_t> groups(static_cast<std::size_t>(std::max(0, ::getgroups(0, nullptr))));
    const int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
    groups.resize(static_cast<std::size_t>(std::max(0, count)));
    return groups;
}

// These two tell what was before and nothing else: asking with an impossible value reads it back.
bool set_user(uid_t user) {
    ::setfsuid(user);
    return static_cast<uid_t>(::setfsuid(static_cast<uid_t>(-1))) == user;
}
bool set_group(gid_t group) {
    ::setfsgid(group);
    return static_cast<gid_t>(::setfsgid(static_cast<gid_t>(-1))) == group;
}

const std::vector<gid_t>& own_groups() {
    static const std::vector<gid_t> groups = groups_of_process();  // read on the first use, when this thread's are still the process's
    return groups;
}

bool return_to_own(const ThreadRights& rights) {
    const Capabilities needed = Capabilities::become_others();
    return set_thread_rights({needed, rights.permitted}) && set_user(::geteuid()) && set_group(::getegid()) && set_groups(own_groups()) && set_thread_rights(rights);
}

}  // namespace

bool ActingAs::is_possible() { return thread_rights().permitted.contains(Capabilities::become_others()); }

base::Result<ActingAs> ActingAs::begin(std::uint32_t user_id, std::uint32_t group_id) {
    const std::string doing = base::format("act as user {}, group {}", user_id, group_id);
    if (user_id == 0 || group_id == 0) {
        return fail_os(EPERM, doing);
    }
    const ThreadRights before = thread_rights();
    static_cast<void>(own_groups());
    const Capabilities needed = Capabilities::become_others();
    if (!set_thread_rights({needed, before.permitted})) {
        return fail_os(EPERM, doing);
    }
    // The user's rights alone, without ours on top.
    const bool changed = set_groups({group_id}) && set_group(group_id) && set_user(user_id) && set_thread_rights({{}, before.permitted});
    if (!changed) {
        const bool returned = return_to_own(before);
        PH_ASSERT(returned);
        return fail_os(EPERM, doing);
    }
    return ActingAs(before);
}

ActingAs::ActingAs(ActingAs&& other) noexcept : before_(other.before_), active_(std::exchange(other.active_, false)) {}

ActingAs::~ActingAs() {
    if (active_) {
        const bool returned = return_to_own(before_);
        PH_ASSERT(returned);  // whatever this thread did next would be done as somebody else
    }
}

}  // namespace posthouse::os
