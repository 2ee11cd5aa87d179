#include "tables/indexed.hpp"

#include "base/bytes.hpp"
#include "tables/berkeley_db.hpp"
#include "tables/fixed_table.hpp"
#include "tables/open.hpp"
#include "tables/text_hash.hpp"
#include "tables/unavailable.hpp"

namespace posthouse::tables {

namespace {

using namespace base::literals;
constexpr base::Bytes in_memory_max = 64_MiB;

// Too big for memory: opens the file for each lookup. Slow, but without any state that cores would share.
class KeyedDatabase final : public MemoryTable {
public:
    KeyedDatabase(std::string name, std::string path, std::vector<SourceFile> sources)
        : name_(std::move(name)), path_(std::move(path)), sources_(std::move(sources)) {}
    Lookup look_up(std::string_view key) const override {
        auto database = BerkeleyDb::open_to_read(path_);
        if (!database) {
            return Lookup::unknown(database.error().text);
        }
        auto value = database->get(base::lower(key));
        if (!value) {
            return Lookup::unknown(value.error().text);
        }
        return *value ? Lookup::found(std::move(**value)) : Lookup::absent();
    }
    std::string name() const override { return name_; }
    std::vector<SourceFile> sources() const override { return sources_; }

private:
    std::string name_;
    std::string path_;
    std::vector<SourceFile> sources_;
};

std::shared_ptr<const Table> open_source_text(const TableName& name, const OpenContext& context, std::vector<SourceFile> sources) {
    const auto text = read_source(name.path, context.files);
    if (!text) {
        return unavailable(name, "open database " + name.path + ".db: No such file or directory", std::move(sources));
    }
    context.warning("database " + name.path + ".db is missing: using its source file " + name.path + "; run \"" +
                    (context.format == TextFormat::aliases ? "postalias " : "postmap ") + name.type + ':' + name.path + '"');
    return std::make_shared<FixedTable>(name.spec, read_map_text(*text, name.path, context.format, context.warn), std::move(sources));
}

std::shared_ptr<const Table> read_database(const TableName& name, const std::string& path, std::vector<SourceFile> sources) {
    auto database = BerkeleyDb::open_to_read(path);
    if (!database) {
        return unavailable(name, database.error().text, std::move(sources));
    }
    Table::Entries entries;
    const auto read = database->for_each([&entries](std::string_view key, std::string_view value) { entries.emplace(key, value); });
    if (!read) {
        return unavailable(name, read.error().text, std::move(sources));
    }
    return std::make_shared<FixedTable>(name.spec, std::move(entries), std::move(sources));
}

}  // namespace

std::shared_ptr<const Table> open_indexed(const TableName& name, const OpenContext& context) {
    const std::string path = name.path + ".db";
    const SourceFile database = source_file(path, context.files);
    const SourceFile source = source_file(name.path, context.files);
    if (const auto seen = context.files.info(path); !seen && seen.error().kind != base::ErrorKind::not_found) {
        const bool forbidden = seen.error().kind == base::ErrorKind::permission;
        return unavailable(name, "open database " + path + ": " + (forbidden ? "Permission denied" : seen.error().text), {database});
    }
    if (!database.info) {
        return open_source_text(name, context, {database, source});
    }
    if (source.info && source.info->modified > database.info->modified) {
        context.warning("database " + path + " is older than source file " + name.path);
    }
    if (database.info->size > in_memory_max.count) {
        auto usable = BerkeleyDb::open_to_read(path);
        if (!usable) {
            return unavailable(name, usable.error().text, {database});
        }
        return std::make_shared<KeyedDatabase>(name.spec, path, std::vector{database});
    }
    return read_database(name, path, {database});
}

}  // namespace posthouse::tables
