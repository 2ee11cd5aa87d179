#pragma once
// How a tool speaks on standard error, and Postfix's exit codes (sysexits.h).
#include <string>
#include <string_view>

namespace posthouse::tools {

inline constexpr int exit_usage = 64;
inline constexpr int exit_data_error = 65;
inline constexpr int exit_no_user = 67;
inline constexpr int exit_unavailable = 69;
inline constexpr int exit_software = 70;
inline constexpr int exit_os_error = 71;
inline constexpr int exit_temporary_failure = 75;
inline constexpr int exit_no_permission = 77;

/// "postqueue: text"
void say(std::string_view tool, std::string_view text);
/// "postqueue: warning: text"
void warn(std::string_view tool, std::string_view text);
/// "postqueue: fatal: text"; returns `status`.
[[nodiscard]] int fatal(std::string_view tool, int status, std::string_view text);
/// To standard output, all of it; false if nobody reads on.
bool print(std::string_view text);

}  // namespace posthouse::tools
