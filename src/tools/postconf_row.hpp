#pragma once
// One row of master.cf as postconf(1) prints it.
#include "config/master_cf.hpp"

#include <string>

namespace posthouse::tools {

/// Folded: each -o on a line of its own, and lines shorter than folded_line_length where words allow.
enum class RowForm { one_line, folded };

/// -M: the columns at their places, then the arguments; "-o { name = value }" becomes "-o {name=value}".
[[nodiscard]] std::string row_text(const config::Service& service, RowForm form);

/// -F: `line` ("smtp/inet/command = ", or nothing), then the command and its arguments.
[[nodiscard]] std::string command_text(std::string line, const config::Service& service, RowForm form);

}  // namespace posthouse::tools
