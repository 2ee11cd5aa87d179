#pragma once
// sendmail -bs: the server speaks SMTP, this process carries the bytes.
#include "tools/tool_config.hpp"

namespace posthouse::tools {

/// Exit status. Without a server: a 421 greeting and EX_TEMPFAIL.
int relay_smtp(const ToolSettings& settings);

}  // namespace posthouse::tools
