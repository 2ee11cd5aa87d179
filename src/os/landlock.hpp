#pragma once
// Landlock (landlock(7)): from some moment on a process reaches only the folders that were named, whatever rights it has besides.
#include <string>
#include <vector>

#include "base/result.hpp"

namespace posthouse::os {

struct ReachableFolders {
    std::vector<std::string> read;   // folders with all below them, or single files
    std::vector<std::string> write;  // as well
};

/// The version of the kernel's interface; 0: it has none, or it was not switched on.
[[nodiscard]] int landlock_version();

/// For the calling thread and all it makes from now on; needs no_new_privs. What does not exist is left out. Before any other thread
/// is made. ErrorKind::unavailable: the kernel has no Landlock that allows to rename between folders (version 2).
base::Result<void> reach_only(const ReachableFolders& folders);

/// No program that this process runs gains rights, by set-user-ID bits for example; what both of the above need. For good.
base::Result<void> gain_no_privileges();

}  // namespace posthouse::os
