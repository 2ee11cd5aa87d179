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

/// -o settings of master.cf that nothing reads, in its order.
[[nodiscard]] std::vector<Setting> unused_overrides(const Configuration& configuration);

/// Settings whose value refers to names that neither exist nor are set, one Setting for each such name: its file, line and that name.
/// postconf(1) warns of them.
[[nodiscard]] std::vector<Setting> undefined_names(const Configuration& configuration);

/// Whether a master.cf command is one this server has, as a service or as something one process does not need.
[[nodiscard]] bool is_known_command(std::string_view command);

}  // namespace posthouse::config
