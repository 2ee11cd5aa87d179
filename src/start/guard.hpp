#pragma once
// Guard: what a server gives up before it meets strangers: root's rights, new privileges, system calls, folders. For good.
#include <string>
#include <vector>

#include "app/reach.hpp"
#include "base/result.hpp"

namespace posthouse::app {

struct Guard {
    std::string user, capabilities, privileges, calls, folders;  // each: what is on, or why it is not
    bool bounds_folders = false;                                 // else nothing is beyond reach

    /// For the log.
    [[nodiscard]] std::string line() const;
    /// For posthouse status.
    [[nodiscard]] std::vector<std::string> lines() const;
};

/// Nothing about calls and folders: what such a process does itself needs more than they leave.
[[nodiscard]] Guard unsupervised_guard();
/// After root's rights were given up, before any thread is made. What the kernel does not have is left out, and named.
[[nodiscard]] Guard raise_guard(const Reach& reach);

}  // namespace posthouse::app
