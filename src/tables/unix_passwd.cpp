#include "tables/unix_passwd.hpp"

#include "base/text.hpp"
#include "tables/fixed_table.hpp"
#include "tables/open.hpp"
#include "tables/unavailable.hpp"

namespace posthouse::tables {

std::shared_ptr<const Table> open_unix(const TableName& name, const OpenContext& context) {
    std::string path;
    if (name.path == "passwd.byname") {
        path = "/etc/passwd";
    } else if (name.path == "group.byname") {
        path = "/etc/group";
    } else {
        return unavailable(name, "unknown table name: " + name.spec + ": expecting unix:passwd.byname or unix:group.byname");
    }
    std::vector<SourceFile> sources{source_file(path, context.files)};
    const auto text = read_source(path, context.files);
    if (!text) {
        return unavailable(name, text.error().text, std::move(sources));
    }
    Table::Entries entries;
    for (const std::string_view line : base::split_words(*text, "\n")) {
        const auto fields = base::split_once(line, ':');
        // "+" and "-" lines are NIS's, "#" lines nobody's.
        if (fields && !fields->first.empty() && std::string_view("+-#").find(line.front()) == std::string_view::npos) {
            entries.emplace(context.keys.of_text(fields->first), std::string(line));
        }
    }
    return std::make_shared<FixedTable>(name.spec, std::move(entries), std::move(sources), context.keys);
}

}  // namespace posthouse::tables
