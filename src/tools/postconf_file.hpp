#pragma once
// Files as postconf(1) reads and edits them.
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace posthouse::tools {

/// ErrorKind::not_found: there is no such file.
[[nodiscard]] base::Result<std::string> read_file(const std::string& path);
/// In one step: a crash or a full disk never leaves half a main.cf. The new file has the old one's mode and owner.
[[nodiscard]] base::Result<> replace_file(const std::string& path, std::string_view text);

}  // namespace posthouse::tools
