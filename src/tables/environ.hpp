#pragma once
// "environ:": the variables of the environment that came through import_environment. DATABASE_README.
#include <memory>

#include "tables/open_context.hpp"
#include "tables/table_name.hpp"

namespace posthouse::tables {

/// The table folds the name to lower case as every table with fixed keys does; postmap -f finds upper case names.
/// Of the process's variables only those that import_environment lists, or gives itself ("LANG=C", "{ name = value }").
[[nodiscard]] Environment imported_environment(std::string_view import_environment, Environment process);

[[nodiscard]] std::shared_ptr<const Table> open_environ(const TableName& name, const OpenContext& context);

}  // namespace posthouse::tables
