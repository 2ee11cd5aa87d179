#include "tools/postmap.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <unordered_set>

#include "base/case_fold.hpp"
#include "base/text.hpp"
#include "tables/open.hpp"
#include "tables/run_task.hpp"
#include "tables/text_hash.hpp"
#include "tools/as_owner.hpp"
#include "tools/new_database.hpp"
#include "tools/postmap_message.hpp"
#include "tools/postmap_options.hpp"
#include "tools/standard_input.hpp"
#include "tools/tool_config.hpp"

namespace posthouse::tools {

namespace {
using tables::Duplicates, tables::ValueForm;

std::string shown(std::string_view bytes) { return base::printable(bytes, base::NonAscii::replace); }

struct Fatal {
    std::string text;
};

class Postmap {
public:
    Postmap(const PostmapSettings& settings, world::Files& files, PostmapOptions options)
        : settings_(settings),
          files_(files),
          options_(std::move(options)),
          world_(options_.query && settings_.make_world ? settings_.make_world() : nullptr) {}
    int run();

private:
    const char* program() const { return program_name(settings_.mode); }
    tables::TextFormat format() const { return settings_.mode == PostmapMode::postmap ? tables::TextFormat::map : tables::TextFormat::aliases; }
    void warn(const std::string& text) const { std::cerr << program() << ": warning: " << text << '\n'; }
    tables::OpenContext context() const {
        return {.files = files_,
                .default_type = *settings_.default_database_type,
                .warn = [this](std::string text) { warn(text); },
                .format = format(), .keys = key_form(), .values = options_.values,
                .environment = [](const std::string& name) -> std::optional<std::string> {
                    const char* value = std::getenv(name.c_str());
                    return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
                },
                .main_cf = [main = settings_.main](const std::string& name) { return main.is_set(name) ? std::optional(main.text(name)) : std::nullopt; },
                .outside = world_ != nullptr ? world_->surroundings(settings_.main) : tables::Surroundings{}};
    }
    struct Target {
        std::string type;
        std::string path;
    };
    Target target(const std::string& map) const;
    // "key<tab>value" of postmap, "key:<tab>value" of postalias.
    void print_entry(std::string_view key, std::string_view value) const {
        std::cout << key << (settings_.mode == PostmapMode::postalias ? ":\t" : "\t") << value << '\n';
    }
    tables::KeyForm key_form() const { return {.letters = options_.keys, .text = options_.key_text.value_or(settings_.key_text)}; }
    std::optional<std::string> folded(std::string_view key) const;
    bool is_utf8(std::string_view text) const { return key_form().text == tables::KeyText::bytes || base::is_utf8(text); }

    std::shared_ptr<const tables::Table> open(const std::string& map) const;
    std::vector<std::shared_ptr<const tables::Table>> open_all() const;
    std::optional<std::string> ask(const tables::Table& table, const std::string& key) const;
    std::string plain_value(const std::string& table, std::string_view type, std::string value) const;
    bool query(const std::string& key) const;
    bool query_lines() const;
    std::vector<std::string> query_keys() const;
    void list(const std::string& map) const;
    void build(const std::string& map) const;
    void fill(const Target& where, const std::string& text, NewDatabase& database) const;
    bool remove_keys(const std::string& map, const std::vector<std::string>& keys) const;
    NewDatabase begin(const std::string& path, tables::DatabaseType type) const;
    unsigned mode_of(const std::string& path) const;

    const PostmapSettings& settings_;
    world::Files& files_;
    PostmapOptions options_;
    std::unique_ptr<TableWorld> world_;
};

std::string database_path(const std::string& path, tables::DatabaseType type) { return path + std::string(tables::file_suffix(type)); }

Postmap::Target Postmap::target(const std::string& map) const {
    const auto parts = base::split_once(map, ':');
    if (parts && parts->first.find('/') == std::string_view::npos) {
        return {std::string(parts->first), std::string(parts->second)};
    }
    return {*settings_.default_database_type, map};
}

std::shared_ptr<const tables::Table> Postmap::open(const std::string& map) const {
    // A query is about what is there: the server makes up for a missing database, postmap says that it is missing.
    const Target where = target(map);
    if (const auto type = tables::database_type(where.type); type && !files_.info(database_path(where.path, *type))) {
        throw Fatal{"open database " + database_path(where.path, *type) + ": No such file or directory"};
    }
    auto table = tables::open_table(map, context());
    if (const auto error = table->open_error()) {
        throw Fatal{*error};
    }
    return table;
}

std::vector<std::shared_ptr<const tables::Table>> Postmap::open_all() const {
    std::vector<std::shared_ptr<const tables::Table>> opened;
    for (const std::string& map : options_.maps) {
        opened.push_back(open(map));
    }
    return opened;
}

// With -F, indexed files hold base64; other tables have read the files already.
std::string Postmap::plain_value(const std::string& table, std::string_view type, std::string value) const {
    if (options_.values == ValueForm::text || !tables::database_type(type)) {
        return value;
    }
    auto content = base::base64_decode(value);
    if (!content) {
        throw Fatal{"table " + table + ": malformed BASE64 value: " + value.substr(0, 30)};
    }
    return std::move(*content);
}

// nullopt, with a warning: malformed UTF-8, which no table holds.
std::optional<std::string> Postmap::folded(std::string_view key) const {
    auto form = key_form().of(key);
    if (!form) {
        warn("non-UTF-8 key \"" + shown(key) + "\": malformed UTF-8 or invalid codepoint");
    }
    return form;
}

std::optional<std::string> Postmap::ask(const tables::Table& table, const std::string& key) const {
    if (!is_utf8(key)) {
        static_cast<void>(folded(key));
        return std::nullopt;
    }
    tables::Lookup answer = world_ != nullptr ? world_->find(table, key) : tables::run_now(table.find(key));
    if (answer.is_unknown()) {
        throw Fatal{"table " + table.name() + ": query error: " + answer.reason};
    }
    if (!answer.is_found()) {
        return std::nullopt;
    }
    if (!is_utf8(answer.value)) {
        throw Fatal{"table " + table.name() + ": query error: key \"" + key + "\": non-UTF-8 value \"" + shown(answer.value) + '"'};
    }
    if (answer.value.empty()) {
        warn("table " + table.name() + ": key " + key + ": empty string result is not allowed");
        warn("table " + table.name() + " should return NO RESULT in case of NOT FOUND");
    }
    return plain_value(table.name(), target(table.name()).type, std::move(answer.value));
}

bool Postmap::query(const std::string& key) const {
    for (const std::string& map : options_.maps) {
        if (const auto value = ask(*open(map), key)) {
            std::cout << *value << '\n';
            return true;
        }
    }
    return false;
}

std::vector<std::string> Postmap::query_keys() const {
    if (!options_.header_queries && !options_.body_queries) {
        return input_lines();
    }
    MessageKeys keys = message_keys(read_input(), options_.mime ? MimeParsing::on : MimeParsing::off);
    if (options_.header_queries && options_.body_queries) {
        return std::move(keys.all);
    }
    return std::move(options_.header_queries ? keys.fields : keys.lines);
}

bool Postmap::query_lines() const {
    bool found = false;
    const auto opened = open_all();
    for (const std::string& key : query_keys()) {
        for (const auto& table : opened) {
            if (const auto value = ask(*table, key)) {
                print_entry(key, *value);
                found = true;
                break;
            }
        }
    }
    return found;
}

void Postmap::list(const std::string& map) const {
    const Target where = target(map);
    if (const auto type = tables::database_type(where.type)) {
        auto database = tables::open_index(*type, database_path(where.path, *type));
        const auto done = database ? (*database)->for_each([&](std::string_view key, std::string_view value) { print_entry(key, plain_value(map, where.type, std::string(value))); })
                                   : std::unexpected(database.error());
        if (!done) {
            throw Fatal{done.error().text};
        }
        return;
    }
    const auto table = open(map);
    if (table->entries() == nullptr) {
        throw Fatal{"table " + table->name() + ": sequence operation is not supported"};
    }
    for (const auto& [key, value] : *table->entries()) {
        print_entry(key, value);
    }
}

unsigned Postmap::mode_of(const std::string& path) const {
    const auto source = files_.info(path);
    return options_.inherit_mode && source ? source->mode & 0666U : 0644U;
}

/// The value; an error is the end.
template <typename Value>
Value must(base::Result<Value> result) {
    if (!result) {
        throw Fatal{result.error().text};
    }
    if constexpr (!std::is_void_v<Value>) {
        return std::move(*result);
    }
}

NewDatabase Postmap::begin(const std::string& path, tables::DatabaseType type) const {
    auto database = NewDatabase::begin(path, type, options_.terminator);
    if (!database && database.error().kind == base::ErrorKind::permission && !options_.as_root) {
        throw Fatal{database.error().text + " (as the owner of the source file; -o stays root)"};
    }
    return must(std::move(database));
}

void Postmap::fill(const Target& where, const std::string& text, NewDatabase& database) const {
    const auto put = [&](const std::string& key, const std::string& value) {
        return must(database.put(key, value, options_.duplicates)) || options_.duplicates != Duplicates::warn;
    };
    bool patterns = false;
    const tables::OpenContext opening = context();
    tables::parse_map_text(
        text, options_.incremental ? "stdin" : where.path, opening,
        [&](const tables::TextEntry& entry) {
            auto value = tables::entry_value(entry.value, opening);
            const std::string at = where.path + ", line " + std::to_string(entry.line) + ": ";
            if (!value) {
                warn(at + value.error().text + ": skipping this entry");
                return;
            }
            patterns = patterns || (entry.key.starts_with('/') && entry.key.size() > 2 && entry.key.find('/', 1) != std::string::npos);
            const std::string key = key_form().of_text(entry.key);
            if (!put(key, options_.values == ValueForm::files ? base::base64_encode(*value) : *value)) {
                warn(at + "duplicate entry: \"" + key + '"');
            }
        });
    if (settings_.mode == PostmapMode::postalias && !options_.incremental) {
        // What sendmail and NIS look for: the database is complete, when and where it was made.
        put("@", "@");
        put("YP_LAST_MODIFIED", std::to_string(std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count()));
        put("YP_MASTER_NAME", settings_.myhostname);
    }
    if (patterns && settings_.mode == PostmapMode::postmap) {
        warn(where.path + " looks like a regexp: or pcre: table; such tables need no postmap and never use a database made from " + where.path);
    }
}

void Postmap::build(const std::string& map) const {
    const Target where = target(map);
    if (where.type == "proxy") {
        throw Fatal{"can't create maps via the proxy service"};
    }
    const AsOwner owner(options_.as_root || options_.incremental ? std::string() : where.path);
    if (!owner.taken()) {
        throw Fatal{owner.taken().error().text};
    }
    const auto type = tables::database_type(where.type);
    if (!type) {
        const auto known = tables::table_types();
        const bool is_known = std::find(known.begin(), known.end(), where.type) != known.end();
        throw Fatal{"unsupported dictionary type: " + where.type + (is_known ? " does not support bulk-mode creation." : "")};
    }
    const std::string input = options_.incremental ? read_input() : std::string();
    const std::string path = database_path(where.path, *type);
    NewDatabase database = begin(path, *type);
    const std::string text = options_.incremental ? input : must(tables::read_source(where.path, files_));
    if (options_.incremental && files_.info(path)) {
        must(database.copy({}));
    }
    fill(where, text, database);
    must(database.finish(mode_of(where.path)));
}

bool Postmap::remove_keys(const std::string& map, const std::vector<std::string>& keys) const {
    const Target where = target(map);
    const auto type = tables::database_type(where.type);
    if (!type) {
        throw Fatal{map + " map requires O_RDONLY access mode"};
    }
    std::unordered_set<std::string> unwanted;
    for (const std::string& key : keys) {
        if (auto form = folded(key)) {
            unwanted.insert(std::move(*form));
        }
    }
    const std::string path = database_path(where.path, *type);
    NewDatabase database = begin(path, *type);
    if (must(database.copy(unwanted)) == 0) {
        return false;
    }
    must(database.finish(mode_of(where.path)));
    return true;
}

int Postmap::run() {
    if (options_.query) {
        return (*options_.query == "-" ? query_lines() : query(*options_.query)) ? 0 : 1;
    }
    if (options_.remove) {
        const std::vector<std::string> keys = *options_.remove == "-" ? input_lines() : std::vector{*options_.remove};
        bool removed = false;
        for (const std::string& map : options_.maps) {
            removed = remove_keys(map, keys) || removed;
        }
        return removed ? 0 : 1;
    }
    for (const std::string& map : options_.maps) {
        if (options_.sequence) {
            list(map);
        } else {
            build(map);
        }
    }
    return 0;
}

/// What main.cf says; a main.cf that is not there leaves the defaults, so that tables can be made before there is one.
void complete(PostmapSettings& settings, const std::string& directory) {
    if (settings.default_database_type) {
        return;
    }
    const auto found = tool_settings(directory);
    if (!found && !directory.empty()) {
        throw Fatal{found.error().text};
    }
    settings.default_database_type = found ? found->default_database_type : "hash";
    settings.myhostname = found ? found->myhostname : "localhost";
    settings.main = found ? found->main : config::View();
    settings.key_text = !found || found->smtputf8_enable ? tables::KeyText::utf8 : tables::KeyText::bytes;
}

}  // namespace

int postmap_main(int argc, char** argv, PostmapSettings settings, world::Files& files) {
    try {
        auto options = parse_postmap_options(argc, argv, settings.mode);
        if (!options) {
            throw Fatal{options.error().text};
        }
        complete(settings, options->directory);
        return Postmap(settings, files, std::move(*options)).run();
    } catch (const Fatal& fatal) {
        std::cout.flush();
        std::cerr << program_name(settings.mode) << ": fatal: " << fatal.text << '\n';
        return 1;
    }
}

}  // namespace posthouse::tools
