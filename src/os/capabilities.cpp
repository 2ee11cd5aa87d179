#include "os/capabilities.hpp"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/assert.hpp"
#include "os/os_error.hpp"

namespace posthouse::os {

namespace {

constexpr Capabilities capability(unsigned number) { return Capabilities(std::uint64_t{1} << number); }

using Words = std::array<__user_cap_data_struct, 2>;

constexpr std::uint64_t join(std::uint32_t low, std::uint32_t high) { return std::uint64_t{high} << 32U | low; }

}  // namespace

Capabilities Capabilities::read_all_files() {
    const Capabilities mild = capability(CAP_DAC_READ_SEARCH);
    return thread_rights().permitted.contains(mild) ? mild : write_all_files();
}
Capabilities Capabilities::write_all_files() { return capability(CAP_DAC_OVERRIDE); }
Capabilities Capabilities::bind_low_ports() { return capability(CAP_NET_BIND_SERVICE); }
Capabilities Capabilities::become_others() { return capability(CAP_SETUID) | capability(CAP_SETGID); }

std::string names(Capabilities set) {
    struct Name {
        Capabilities one;
        const char* text;
    };
    std::string out;
    std::uint64_t rest = set.bits();
    const auto say = [&](const std::string& text) { out += (out.empty() ? "" : " ") + text; };
    for (const Name& name : {Name{capability(CAP_DAC_OVERRIDE), "cap_dac_override"}, Name{capability(CAP_DAC_READ_SEARCH), "cap_dac_read_search"},
                             Name{capability(CAP_SETGID), "cap_setgid"}, Name{capability(CAP_SETUID), "cap_setuid"},
                             Name{capability(CAP_NET_BIND_SERVICE), "cap_net_bind_service"}}) {
        if (set.contains(name.one)) {
            say(name.text);
            rest &= ~name.one.bits();
        }
    }
    if (rest != 0) {
        say("and others");
    }
    return out;
}

ThreadRights thread_rights() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    Words words{};
    if (::syscall(SYS_capget, &header, words.data()) != 0) {
        return {};
    }
    return {Capabilities(join(words[0].effective, words[1].effective)), Capabilities(join(words[0].permitted, words[1].permitted))};
}

base::Result<void> set_thread_rights(ThreadRights rights) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    Words words{};
    words[0].effective = static_cast<std::uint32_t>(rights.effective.bits());
    words[0].permitted = static_cast<std::uint32_t>(rights.permitted.bits());
    words[1].effective = static_cast<std::uint32_t>(rights.effective.bits() >> 32);
    words[1].permitted = static_cast<std::uint32_t>(rights.permitted.bits() >> 32);
    if (::syscall(SYS_capset, &header, words.data()) != 0) {
        return fail_os(errno, "capset");
    }
    return {};
}

void bound_rights(Capabilities most) {
    for (unsigned number = 0; ::prctl(PR_CAPBSET_READ, number, 0, 0, 0) >= 0; ++number) {
        if (!most.contains(capability(number))) {
            ::prctl(PR_CAPBSET_DROP, number, 0, 0, 0);
        }
    }
}

WithRights::WithRights(Capabilities more) : before_(thread_rights()) {
    // Fails only for what is not permitted, and that was left out.
    [[maybe_unused]] const auto taken = set_thread_rights({before_.effective | (more & before_.permitted), before_.permitted});
}

WithRights::~WithRights() {
    const auto returned = set_thread_rights(before_);
    PH_ASSERT(returned.has_value());  // a thread must not go on with rights that it was lent
}

}  // namespace posthouse::os
