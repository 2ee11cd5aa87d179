#include "tables/text_hash.hpp"

#include "base/case_fold.hpp"
#include "base/text.hpp"
#include "tables/alias_text.hpp"
#include "tables/fixed_table.hpp"
#include "tables/logical_lines.hpp"
#include "tables/open.hpp"
#include "tables/unavailable.hpp"

namespace posthouse::tables {

namespace {

// Up to the first byte of `ends` outside double quotes.
std::size_t unquoted_end(std::string_view text, std::string_view ends) {
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            quoted = !quoted;
        } else if (!quoted && ends.find(text[i]) != std::string_view::npos) {
            return i;
        }
    }
    return text.size();
}

}  // namespace

void parse_map_text(std::string_view text, std::string_view file, const OpenContext& context, const std::function<void(TextEntry)>& entry) {
    LogicalLines lines(text);
    while (const auto line = lines.next()) {
        const std::string_view whole = line->text;
        const auto complain = [&](std::string_view what) { context.warning(at_line(file, line->line, what)); };
        if (context.keys.text == KeyText::utf8 && !base::is_utf8(whole)) {
            complain("non-UTF-8 input \"" + base::printable(whole, base::NonAscii::replace) + "\" -- ignoring this line");
            continue;
        }
        if (base::is_space(whole.front())) {
            complain("logical line must not start with whitespace: \"" + std::string(base::trim(whole).substr(0, 30)) + '"');
            continue;
        }
        if (context.format == TextFormat::aliases) {
            if (auto alias = parse_alias(whole)) {
                entry({std::move(alias->name), std::move(alias->value), line->line});
            } else {
                complain(alias.error());
            }
            continue;
        }
        const std::size_t key_end = unquoted_end(whole, " \t\v\f\r");
        const std::string_view key = whole.substr(0, key_end);
        const std::string_view value = base::trim(whole.substr(key_end));
        if (key.empty() || value.empty()) {
            complain("expected format: key whitespace value");
            continue;
        }
        if (key.ends_with(':')) {
            complain("record is in \"key: value\" format; is this an alias file?");
        }
        entry({std::string(key), std::string(value), line->line});
    }
}

Table::Entries read_map_text(std::string_view text, std::string_view file, const OpenContext& context) {
    Table::Entries entries;
    parse_map_text(
        text, file, context,
        [&](const TextEntry& entry) {
            auto value = entry_value(entry.value, context);
            if (!value) {
                context.warning(at_line(file, entry.line, value.error().text + ": skipping this entry"));
            } else if (!entries.emplace(context.keys.of_text(entry.key), std::move(*value)).second) {
                context.warning(at_line(file, entry.line, "duplicate entry: \"" + entry.key + '"'));
            }
        });
    return entries;
}

std::shared_ptr<const Table> open_text_hash(const TableName& name, const OpenContext& context) {
    std::vector<SourceFile> sources{source_file(name.path, context.files)};
    const auto text = read_source(name.path, context.files);
    if (!text) {
        return unavailable(name, text.error().text, std::move(sources));
    }
    return std::make_shared<FixedTable>(name.spec, read_map_text(*text, name.path, context), std::move(sources), context.keys);
}

}  // namespace posthouse::tables
