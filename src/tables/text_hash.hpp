#pragma once
// "texthash:/x": postmap(1) source text read directly; also the source of indexed tables and of aliases(5).
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "tables/open_context.hpp"
#include "tables/table_name.hpp"

namespace posthouse::tables {

[[nodiscard]] std::shared_ptr<const Table> open_text_hash(const TableName& name, const OpenContext& context);

struct TextEntry {
    std::string key;  // as written; a quoted key of the map format keeps its quotes
    std::string value;
    std::size_t line = 0;
};

/// Gives every entry of `text` to `entry`, in order; its form, and whether it is UTF-8, as `context` says. Bad lines are skipped
/// with a warning that names `file` and line.
void parse_map_text(std::string_view text, std::string_view file, const OpenContext& context, const std::function<void(TextEntry)>& entry);

/// The same, gathered; of duplicate keys the first wins, with a warning. The form of the text, of keys and of values: as `context` says.
[[nodiscard]] Table::Entries read_map_text(std::string_view text, std::string_view file, const OpenContext& context);

}  // namespace posthouse::tables
