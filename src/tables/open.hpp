#pragma once
// open_table: from "type:name" to a Table. Never fails: what cannot be opened becomes a table that answers `unknown`.
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tables/open_context.hpp"
#include "tables/table.hpp"

namespace posthouse::tables {

/// "hash:/x", "inline:{a=b, {c = d e}}", "static:{a b}", "proxy:hash:/x" (the prefix means nothing here), ...
/// See postfix's DATABASE_README; types without an implementation are unavailable tables.
[[nodiscard]] std::shared_ptr<const Table> open_table(std::string_view spec, const OpenContext& context);

/// "btree", "cidr" …: what open_table() has an implementation for, sorted.
[[nodiscard]] std::vector<std::string_view> table_types();

/// Why it answers only `unknown`; nullopt if all is well.
[[nodiscard]] std::optional<std::string> open_error(const Table& table);

/// Reads a whole file; the error text is Postfix's: "open /x: No such file or directory".
[[nodiscard]] base::Result<std::string> read_source(const std::string& path, world::Files& files);
/// The value of an entry: `text`, or the contents of the files it names, each with a newline after it.
[[nodiscard]] base::Result<std::string> entry_value(std::string_view text, const OpenContext& context);
/// What sources_changed() compares with later.
[[nodiscard]] SourceFile source_file(const std::string& path, world::Files& files);

}  // namespace posthouse::tables
