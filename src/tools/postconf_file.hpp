#pragma once
// Files as postconf(1) reads and edits them.
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace posthouse::tools {

/// ErrorKind::not_found: there is no such file.
[[nodiscard]] base::Result<std::string> read_file(const std::string& path);

}  // namespace posthouse::tools
