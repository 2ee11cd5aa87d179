#pragma once
// A configuration file as a whole.
#include <string>

#include "base/result.hpp"

namespace posthouse::tools {

/// The text of an error is "open path: reason"; ErrorKind::not_found: there is no such file.
[[nodiscard]] base::Result<std::string> read_file(const std::string& path);

}  // namespace posthouse::tools
