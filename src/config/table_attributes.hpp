#pragma once
// Settings of lookup tables that stand in main.cf itself: "mysql:people" has people_hosts, people_query … mysql_table(5), "OBSOLETE MAIN.CF
// PARAMETERS"; the same for pgsql, ldap, sqlite and memcache.
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace posthouse::config {

/// The settings that tables of this type have: "hosts", "query" … None: the type has no settings.
[[nodiscard]] std::span<const std::string_view> table_attributes(std::string_view type);

/// A table's name is that of a file if it begins like a path; any other is the beginning of names in main.cf.
[[nodiscard]] inline bool names_main_cf(std::string_view table) { return !table.empty() && !table.starts_with('/') && !table.starts_with('.'); }

/// The parameters that tables in `value`, a parameter's, have in main.cf.
[[nodiscard]] std::vector<std::string> table_parameters_of(std::string_view value);

}  // namespace posthouse::config
