#pragma once
// Changing master.cf as text (postconf -M, -F and -P with -e, -X or -#): comments and rows not named stay as they are.
#include "base/result.hpp"
#include "config/master_cf.hpp"
#include "tools/postconf_options.hpp"

#include <string>
#include <string_view>

namespace posthouse::tools {

/// The text of master.cf after all edits of `options.names`:
/// -M  service/type = row (-e; appended if there is no such row), service/type (-X, -#)
/// -F  service/type/field = value (-e)
/// -P  service/type/parameter = value (-e), service/type/parameter (-X)
[[nodiscard]] base::Result<std::string> edit_master_cf(std::string text, const PostconfOptions& options);

/// The arguments of a service as postconf shows them: "-o { name = value }" becomes "-o", "{name=value}".
[[nodiscard]] std::vector<std::string> shown_words(const config::Service& service);

/// One row as postconf -M prints it, the options each on their own line if `fold`.
enum class RowForm { one_line, folded };
[[nodiscard]] std::string row_text(const config::Service& service, RowForm form);

}  // namespace posthouse::tools
