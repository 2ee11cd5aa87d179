#pragma once
// Running this very program under another of its names.
#include <string>
#include <vector>

namespace posthouse::tools {

/// The file that is running, symbolic links resolved.
[[nodiscard]] std::string own_program();
/// Replaces this process; arguments[0] is the name. Returns only if that fails, with errno set.
void run_sibling(const std::vector<std::string>& arguments);

}  // namespace posthouse::tools
