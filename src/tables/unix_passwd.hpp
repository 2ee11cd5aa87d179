#pragma once
// unix:passwd.byname, unix:group.byname: the system's users and groups as tables; the value is the whole line.
// DATABASE_README. Files only: no NSS, no LDAP.
#include <memory>

#include "tables/open_context.hpp"
#include "tables/table_name.hpp"

namespace posthouse::tables {

[[nodiscard]] std::shared_ptr<const Table> open_unix(const TableName& name, const OpenContext& context);

}  // namespace posthouse::tables
