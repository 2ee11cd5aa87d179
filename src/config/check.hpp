#pragma once
// What an administrator should know before the server starts: everything set that is unknown, misspelt, unreadable, not
// supported, or set where nobody reads it.
#include "config/findings.hpp"
#include "config/snapshot.hpp"

namespace posthouse::config {

/// All findings, those of reading the files first. Errors mean: do not start.
[[nodiscard]] Findings check(const Configuration& configuration);

/// Settings of main.cf that are neither in the parameter table nor used by anything else in the configuration.
[[nodiscard]] std::vector<Setting> unused_settings(const Configuration& configuration);

/// Whether a master.cf command is one this server has, as a service or as something one process does not need.
[[nodiscard]] bool is_known_command(std::string_view command);

}  // namespace posthouse::config
