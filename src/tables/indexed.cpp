#include "tables/indexed.hpp"

#include <atomic>

#include "base/bytes.hpp"
#include "tables/fixed_table.hpp"
#include "tables/index_file.hpp"
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
    KeyedDatabase(std::string name, DatabaseType type, std::string path, KeyForm keys, std::vector<SourceFile> sources)
        : name_(std::move(name)), type_(type), path_(std::move(path)), keys_(keys), sources_(std::move(sources)) {}
    Lookup look_up(std::string_view key) const override {
        const auto asked = keys_.of(key);
        if (!asked) {
            return Lookup::absent();
        }
        auto database = open_index(type_, path_, Locked::fail);
        if (!database) {
            return Lookup::unknown(database.error().text);
        }
        auto value = (*database)->get(*asked);
        if (!value) {
            return Lookup::unknown(value.error().text);
        }
        return *value ? Lookup::found(std::move(**value)) : Lookup::absent();
    }
    std::string name() const override { return name_; }
    std::vector<SourceFile> sources() const override { return sources_; }

private:
    std::string name_;
    DatabaseType type_;
    std::string path_;
    KeyForm keys_;
    std::vector<SourceFile> sources_;
};

using Opened = std::shared_ptr<const MemoryTable>;

Opened open_source_text(const TableName& name, const std::string& path, const OpenContext& context, std::vector<SourceFile> sources) {
    const auto text = read_source(name.path, context.files);
    if (!text) {
        return unavailable(name, "open database " + path + ": No such file or directory", std::move(sources));
    }
    context.warning("database " + path + " is missing: using its source file " + name.path + "; run \"" +
                    (context.format == TextFormat::aliases ? "postalias " : "postmap ") + name.type + ':' + name.path + '"');
    return std::make_shared<FixedTable>(name.spec, read_map_text(*text, name.path, context), std::move(sources), context.keys);
}

// nullptr: another program is writing the file and `locked` says not to wait.
Opened read_database(const TableName& name, DatabaseType type, const std::string& path, const OpenContext& context, Locked locked, std::vector<SourceFile> sources) {
    auto database = open_index(type, path, locked);
    if (!database) {
        return database.error().kind == base::ErrorKind::unavailable ? nullptr : unavailable(name, database.error().text, std::move(sources));
    }
    if (sources.front().info->size > in_memory_max.count) {
        return std::make_shared<KeyedDatabase>(name.spec, type, path, context.keys, std::move(sources));
    }
    Table::Entries entries;
    const auto read = (*database)->for_each([&entries](std::string_view key, std::string_view value) { entries.emplace(key, value); });
    if (!read) {
        return unavailable(name, read.error().text, std::move(sources));
    }
    return std::make_shared<FixedTable>(name.spec, std::move(entries), std::move(sources), context.keys);
}

Opened open_once(const TableName& name, const OpenContext& context, Locked locked) {
    const DatabaseType type = *database_type(name.type);
    const std::string path = name.path + std::string(file_suffix(type));
    const SourceFile database = source_file(path, context.files);
    const SourceFile source = source_file(name.path, context.files);
    if (const auto seen = context.files.info(path); !seen && seen.error().kind != base::ErrorKind::not_found) {
        const bool forbidden = seen.error().kind == base::ErrorKind::permission;
        return unavailable(name, "open database " + path + ": " + (forbidden ? "Permission denied" : seen.error().text), {database});
    }
    if (!database.info) {
        return open_source_text(name, path, context, {database, source});
    }
    if (source.info && source.info->modified > database.info->modified) {
        context.warning("database " + path + " is older than source file " + name.path);
    }
    return read_database(name, type, path, context, locked, {database});
}

/// Reads the file again when postmap has made a new one. One per table, asked by all cores.
class FollowedIndex final : public MemoryTable {
public:
    FollowedIndex(TableName name, const OpenContext& context, Opened opened)
        : name_(std::move(name)), files_(context.files), format_(context.format), keys_(context.keys), values_(context.values), current_(std::move(opened)) {}
    Lookup look_up(std::string_view key) const override { return current()->look_up(key); }
    std::string name() const override { return name_.spec; }
    std::optional<std::string> open_error() const override { return current_.load()->open_error(); }
    std::vector<SourceFile> sources() const override { return current_.load()->sources(); }

private:
    Opened current() const {
        Opened opened = current_.load();
        if (!sources_changed(*opened, files_)) {
            return opened;
        }
        if (reading_.test_and_set()) {
            return opened;  // another core is at it
        }
        struct Done {
            std::atomic_flag& reading;
            ~Done() { reading.clear(); }
        } const done{reading_};
        const OpenContext context{.files = files_, .format = format_, .keys = keys_, .values = values_};
        if (Opened again = open_once(name_, context, Locked::fail)) {
            opened = std::move(again);
            current_.store(opened);
        }
        return opened;
    }

    TableName name_;
    world::Files& files_;
    TextFormat format_;
    KeyForm keys_;
    ValueForm values_;
    mutable std::atomic<Opened> current_;
    mutable std::atomic_flag reading_;
};

}  // namespace

std::shared_ptr<const Table> open_indexed(const TableName& name, const OpenContext& context) {
    Opened opened = open_once(name, context, Locked::wait);
    if (context.changes == FileChanges::ignored) {
        return opened;
    }
    return std::make_shared<FollowedIndex>(name, context, std::move(opened));
}

}  // namespace posthouse::tables
