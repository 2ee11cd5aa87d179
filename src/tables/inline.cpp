#include "tables/inline.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "tables/fixed_table.hpp"
#include "tables/open.hpp"
#include "tables/unavailable.hpp"

namespace posthouse::tables {

std::expected<std::vector<std::string>, std::string> split_brace_list(std::string_view text) {
    text = base::trim(text);
    if (!text.starts_with('{')) {
        return std::unexpected("missing '{' in \"" + std::string(text) + '"');
    }
    const auto whole = base::split_braced(text);
    if (whole.size() != 1 || std::count(text.begin(), text.end(), '{') != std::count(text.begin(), text.end(), '}')) {
        return std::unexpected("missing or misplaced '}' in \"" + std::string(text) + '"');
    }
    std::vector<std::string> members;
    for (std::string_view member : base::split_braced(text.substr(1, text.size() - 2))) {
        if (member.starts_with('{') && member.ends_with('}')) {
            member = base::trim(member.substr(1, member.size() - 2));
        }
        members.emplace_back(member);
    }
    return members;
}

std::shared_ptr<const Table> open_inline(const TableName& name, const OpenContext& context) {
    const auto members = split_brace_list(name.path);
    if (!members) {
        return unavailable(name, "bad inline map: " + members.error());
    }
    if (members->empty()) {
        return unavailable(name, "bad inline map: empty list \"" + name.path + '"');
    }
    Table::Entries entries;
    for (const std::string& member : *members) {
        const auto equal = base::split_once(member, '=');
        if (!equal) {
            return unavailable(name, "bad inline map: missing '=' after name in \"" + member + '"');
        }
        const std::string_view key = base::trim(equal->first);
        auto value = entry_value(base::trim(equal->second), context);
        if (!value) {
            return unavailable(name, "bad inline map: " + value.error().text + ": \"" + member + '"');
        }
        auto form = context.keys.of(key);
        if (!form) {
            return unavailable(name, "bad inline map: non-UTF-8 key in \"" + base::printable(member, base::NonAscii::replace) + '"');
        }
        entries.insert_or_assign(std::move(*form), std::move(*value));  // of two the last counts
    }
    return std::make_shared<FixedTable>(name.spec, std::move(entries), std::vector<SourceFile>{}, context.keys);
}

}  // namespace posthouse::tables
