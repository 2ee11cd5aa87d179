#include "tables/text_hash.hpp"

#include "base/text.hpp"
#include "tables/fixed_table.hpp"
#include "tables/logical_lines.hpp"
#include "tables/open.hpp"
#include "tables/unavailable.hpp"

namespace posthouse::tables {

namespace {

void say(const Warn& warn, std::string text) {
    if (warn) {
        warn(std::move(text));
    }
}

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

// aliases(5): the key may be quoted, then the quotes are not part of it.
std::string unquoted(std::string_view key) {
    std::string out;
    for (std::size_t i = 0; i < key.size(); ++i) {
        if (key[i] == '\\' && i + 1 < key.size()) {
            out += key[++i];
        } else if (key[i] != '"') {
            out += key[i];
        }
    }
    return out;
}

}  // namespace

void parse_map_text(std::string_view text, std::string_view file, TextFormat format, const std::function<void(TextEntry)>& entry, const Warn& warn) {
    LogicalLines lines(text);
    while (const auto line = lines.next()) {
        const std::string_view whole = line->text;
        if (base::is_space(whole.front())) {
            say(warn, at_line(file, line->line, "logical line must not start with whitespace: \"" + std::string(base::trim(whole).substr(0, 30)) + '"'));
            continue;
        }
        const std::size_t key_end = unquoted_end(whole, format == TextFormat::aliases ? ":" : " \t\v\f\r");
        std::string_view key = base::trim(whole.substr(0, key_end));
        std::string_view value = whole.substr(std::min(key_end, whole.size()));
        if (format == TextFormat::aliases) {
            value.remove_prefix(value.empty() ? 0 : 1);
        }
        value = base::trim(value);
        if (key.empty() || value.empty()) {
            say(warn, at_line(file, line->line, format == TextFormat::aliases ? "expected format: key : value" : "expected format: key whitespace value"));
            continue;
        }
        if (format == TextFormat::map && key.ends_with(':')) {
            say(warn, at_line(file, line->line, "record is in \"key: value\" format; is this an alias file?"));
        }
        entry({format == TextFormat::aliases ? unquoted(key) : std::string(key), std::string(value), line->line});
    }
}

Table::Entries read_map_text(std::string_view text, std::string_view file, TextFormat format, const Warn& warn) {
    Table::Entries entries;
    parse_map_text(
        text, file, format,
        [&](TextEntry entry) {
            const std::string key = base::lower(entry.key);
            if (!entries.emplace(key, std::move(entry.value)).second) {
                say(warn, at_line(file, entry.line, "duplicate entry: \"" + key + '"'));
            }
        },
        warn);
    return entries;
}

std::shared_ptr<const Table> open_text_hash(const TableName& name, const OpenContext& context) {
    std::vector<SourceFile> sources{source_file(name.path, context.files)};
    const auto text = read_source(name.path, context.files);
    if (!text) {
        return unavailable(name, text.error().text, std::move(sources));
    }
    return std::make_shared<FixedTable>(name.spec, read_map_text(*text, name.path, context.format, context.warn), std::move(sources));
}

}  // namespace posthouse::tables
