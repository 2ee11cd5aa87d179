#pragma once
// The server seen from outside: is it there, start it, wait for its end.
#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "tools/tool_config.hpp"

namespace posthouse::tools {

/// The process in $queue_directory/pid/master.pid, if it lives and is this program.
[[nodiscard]] std::optional<pid_t> running_server(const ToolSettings& settings);

/// Starts it in a session of its own and waits until it serves. An error: it ended, or does not serve after a minute.
[[nodiscard]] base::Result<void> start_server(const ToolSettings& settings);
/// Becomes the server; returns only if that fails.
void become_server(const ToolSettings& settings);

/// True as soon as no server runs.
[[nodiscard]] bool wait_for_end(const ToolSettings& settings, std::chrono::milliseconds patience);

}  // namespace posthouse::tools
