#pragma once
// Linux capabilities: the few rights of root that a server keeps when it becomes an ordinary user (capabilities(7)).
#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace posthouse::os {

/// A set of rights, one bit each.
class Capabilities {
public:
    constexpr Capabilities() = default;
    constexpr explicit Capabilities(std::uint64_t bits) : bits_(bits) {}
    [[nodiscard]] static Capabilities read_all_files();   // and folders; CAP_DAC_OVERRIDE where a container lacks the milder one
    [[nodiscard]] static Capabilities write_all_files();
    [[nodiscard]] static Capabilities bind_low_ports();
    [[nodiscard]] static Capabilities become_others();    // set user and group

    [[nodiscard]] constexpr std::uint64_t bits() const { return bits_; }
    [[nodiscard]] constexpr bool contains(Capabilities others) const { return (bits_ & others.bits_) == others.bits_; }
    friend constexpr Capabilities operator|(Capabilities a, Capabilities b) { return Capabilities(a.bits_ | b.bits_); }
    friend constexpr Capabilities operator&(Capabilities a, Capabilities b) { return Capabilities(a.bits_ & b.bits_); }

private:
    std::uint64_t bits_ = 0;
};

/// "cap_dac_read_search cap_setuid"; empty for none.
[[nodiscard]] std::string names(Capabilities set);

/// What the calling thread has in use, and what it may take into use.
struct ThreadRights {
    Capabilities effective, permitted;
};
[[nodiscard]] ThreadRights thread_rights();
/// Of the calling thread alone, and of threads that it makes from now on.
base::Result<void> set_thread_rights(ThreadRights rights);
/// No program that is run from now on gets more than these. Quietly does nothing for a process that may not say so.
void bound_rights(Capabilities most);

/// Takes rights into use until its end; those that the thread may not have are left out.
class WithRights {
public:
    explicit WithRights(Capabilities more);
    ~WithRights();
    WithRights(const WithRights&) = delete;
    WithRights& operator=(const WithRights&) = delete;

private:
    ThreadRights before_;
};

}  // namespace posthouse::os
