#pragma once
// Changing master.cf as text (postconf -M, -F and -P with -e, -X or -#): comments and rows not named stay as they are.
#include "base/result.hpp"
#include "tools/postconf_options.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace posthouse::tools {

/// The text of master.cf (the file `path`) after all edits of `options.names`; ErrorKind::invalid: a text for a fatal message.
/// -M  service/type = row (-e; appended if there is no such row), service/type (-X, -#)
/// -F  service/type/field = value (-e)
/// -P  service/type/parameter = value (-e), service/type/parameter (-X)
[[nodiscard]] base::Result<std::string> edit_master_cf(std::string_view text, const std::string& path, const PostconfOptions& options, std::vector<std::string>& warnings);

}  // namespace posthouse::tools
