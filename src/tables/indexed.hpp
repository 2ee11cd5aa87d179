#pragma once
// "hash:/x", "btree:/x", "lmdb:/x", "cdb:/x": files X.db, X.lmdb or X.cdb that postmap(1) makes from X. Small ones are read into memory, again when
// they change if OpenContext::changes says so: a look at the file's date for each lookup.
#include <memory>

#include "tables/open_context.hpp"
#include "tables/table_name.hpp"

namespace posthouse::tables {

/// X.db missing but X there: the text is used, with a warning that names the postmap command. X newer than X.db: a warning.
[[nodiscard]] std::shared_ptr<const Table> open_indexed(const TableName& name, const OpenContext& context);

}  // namespace posthouse::tables
