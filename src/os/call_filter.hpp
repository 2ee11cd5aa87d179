#pragma once
// The seccomp(2) filter: the system calls that a server makes, and no others. A call that is not on the list fails with EPERM and
// is reported; one that only an intruder makes (running a program, tracing, mounting) ends the process.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"

struct sock_filter;

namespace posthouse::os {

/// Besides the list.
struct CallRights {
    bool act_for_others = false;  // reach files as another user, never as root
};

/// For the calling thread and all it makes from now on; needs no_new_privs. Before any other thread is made.
base::Result<void> filter_calls(CallRights rights);

/// The program that the kernel is given; its judgement of a call is tested without a kernel.
[[nodiscard]] std::vector<sock_filter> call_filter(CallRights rights);

/// Numbers of refused calls since the last question, each once. Any thread.
[[nodiscard]] std::vector<int> take_refused_calls();
[[nodiscard]] std::uint64_t refused_calls_count();

}  // namespace posthouse::os
