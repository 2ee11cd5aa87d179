#include "tools/postmap.hpp"

#include <unistd.h>

#include <array>
#include <iostream>
#include <iterator>

#include "base/text.hpp"
#include "tables/open.hpp"
#include "tables/run_task.hpp"
#include "tables/text_hash.hpp"
#include "tables/writer.hpp"

namespace posthouse::tools {

namespace {

using tables::Duplicates;

struct Fatal {
    std::string text;
};

struct Options {
    bool fold = true;
    bool incremental = false;
    bool sequence = false;
    bool inherit_mode = true;
    Duplicates duplicates = Duplicates::warn;
    std::optional<std::string> query;
    std::optional<std::string> remove;
    std::vector<std::string> maps;
};

class Postmap {
public:
    Postmap(const PostmapSettings& settings, world::Files& files, Options options)
        : settings_(settings), files_(files), options_(std::move(options)) {}
    int run();

private:
    const char* program() const { return settings_.mode == PostmapMode::postmap ? "postmap" : "postalias"; }
    tables::TextFormat format() const { return settings_.mode == PostmapMode::postmap ? tables::TextFormat::map : tables::TextFormat::aliases; }
    void warn(const std::string& text) const { std::cerr << program() << ": warning: " << text << '\n'; }
    tables::OpenContext context() const {
        return {.files = files_, .default_type = settings_.default_database_type, .warn = [this](std::string text) { warn(text); }, .format = format()};
    }
    struct Target {
        std::string type;
        std::string path;
    };
    Target target(const std::string& map) const;
    std::optional<tables::DatabaseType> writable(const Target& target) const;
    std::string folded(std::string_view key) const { return options_.fold ? base::lower(key) : std::string(key); }

    std::shared_ptr<const tables::Table> open(const std::string& map) const;
    std::optional<std::string> ask(const std::string& map, const std::string& key) const;
    bool query(const std::string& key) const;
    bool query_lines() const;
    void list(const std::string& map) const;
    void build(const std::string& map) const;
    unsigned mode_for(const Target& target) const;
    bool remove_keys(const std::string& map, const std::vector<std::string>& keys) const;
    tables::DatabaseWriter create(const Target& target, tables::DatabaseType type) const;
    std::size_t copy(const Target& target, tables::DatabaseWriter& writer, const std::vector<std::string>& without) const;

    const PostmapSettings& settings_;
    world::Files& files_;
    Options options_;
};

std::string read_input() { return {std::istreambuf_iterator<char>(std::cin), {}}; }

std::vector<std::string> input_lines() {
    std::vector<std::string> lines;
    for (std::string line; std::getline(std::cin, line);) {
        lines.push_back(std::move(line));
    }
    return lines;
}

Postmap::Target Postmap::target(const std::string& map) const {
    const auto parts = base::split_once(map, ':');
    if (parts && parts->first.find('/') == std::string_view::npos) {
        return {std::string(parts->first), std::string(parts->second)};
    }
    return {settings_.default_database_type, map};
}

std::optional<tables::DatabaseType> Postmap::writable(const Target& target) const {
    if (target.type == "hash") {
        return tables::DatabaseType::hash;
    }
    if (target.type == "btree") {
        return tables::DatabaseType::btree;
    }
    return std::nullopt;
}

std::shared_ptr<const tables::Table> Postmap::open(const std::string& map) const {
    auto table = tables::open_table(map, context());
    if (const auto error = table->open_error()) {
        throw Fatal{*error};
    }
    return table;
}

std::optional<std::string> Postmap::ask(const std::string& map, const std::string& key) const {
    const auto table = open(map);
    tables::Lookup answer = tables::run_now(table->find(key));
    if (answer.is_unknown()) {
        throw Fatal{"table " + table->name() + ": query error: " + answer.reason};
    }
    return answer.is_found() ? std::optional(std::move(answer.value)) : std::nullopt;
}

bool Postmap::query(const std::string& key) const {
    for (const std::string& map : options_.maps) {
        if (const auto value = ask(map, key)) {
            std::cout << *value << '\n';
            return true;
        }
    }
    return false;
}

bool Postmap::query_lines() const {
    bool found = false;
    std::vector<std::shared_ptr<const tables::Table>> opened;
    for (const std::string& map : options_.maps) {
        opened.push_back(open(map));
    }
    for (const std::string& key : input_lines()) {
        for (const auto& table : opened) {
            const tables::Lookup answer = tables::run_now(table->find(key));
            if (answer.is_unknown()) {
                throw Fatal{"table " + table->name() + ": query error: " + answer.reason};
            }
            if (answer.is_found()) {
                std::cout << key << '\t' << answer.value << '\n';
                found = true;
                break;
            }
        }
    }
    return found;
}

void Postmap::list(const std::string& map) const {
    const Target where = target(map);
    const auto print = [](std::string_view key, std::string_view value) { std::cout << key << '\t' << value << '\n'; };
    if (writable(where)) {
        auto database = tables::BerkeleyDb::open_to_read(where.path + ".db");
        const auto done = database ? database->for_each(print) : std::unexpected(database.error());
        if (!done) {
            throw Fatal{done.error().text};
        }
        return;
    }
    const auto table = open(map);
    if (table->entries() == nullptr) {
        throw Fatal{"table " + table->name() + ": cannot be listed"};
    }
    for (const auto& [key, value] : *table->entries()) {
        print(key, value);
    }
}

unsigned Postmap::mode_for(const Target& target) const {
    const auto source = files_.info(target.path);
    return options_.inherit_mode && source ? source->mode & 0666U : 0644U;
}

tables::DatabaseWriter Postmap::create(const Target& target, tables::DatabaseType type) const {
    auto writer = tables::DatabaseWriter::create(target.path, type, mode_for(target));
    if (!writer) {
        throw Fatal{writer.error().text};
    }
    return std::move(*writer);
}

// Copies what X.db holds, except the keys in `without`; returns how many those were.
std::size_t Postmap::copy(const Target& target, tables::DatabaseWriter& writer, const std::vector<std::string>& without) const {
    auto database = tables::BerkeleyDb::open_to_read(target.path + ".db");
    if (!database) {
        throw Fatal{database.error().text};
    }
    std::size_t left_out = 0;
    const auto done = database->for_each([&](std::string_view key, std::string_view value) {
        if (std::find(without.begin(), without.end(), key) != without.end()) {
            ++left_out;
        } else if (const auto put = writer.put(std::string(key), std::string(value), Duplicates::ignore); !put) {
            throw Fatal{put.error().text};
        }
    });
    if (!done) {
        throw Fatal{done.error().text};
    }
    return left_out;
}

void Postmap::build(const std::string& map) const {
    const Target where = target(map);
    const auto type = writable(where);
    if (!type) {
        if (const auto error = tables::open_table(map, context())->open_error()) {
            throw Fatal{*error};
        }
        warn(where.type + ':' + where.path + " needs no " + program() + ": tables of type " + where.type + " are used as they are");
        return;
    }
    const auto text = options_.incremental ? base::Result<std::string>(read_input()) : tables::read_source(where.path, files_);
    if (!text) {
        throw Fatal{text.error().text};
    }
    tables::DatabaseWriter writer = create(where, *type);
    if (options_.incremental && files_.info(where.path + ".db")) {
        copy(where, writer, {});
    }
    bool patterns = false;
    const auto put = [&](const std::string& key, const std::string& value, std::size_t line) {
        const auto written = writer.put(key, value, options_.duplicates);
        if (!written) {
            throw Fatal{written.error().text};
        }
        if (!*written && options_.duplicates == Duplicates::warn) {
            warn(where.path + ".db: line " + std::to_string(line) + ": duplicate entry: \"" + key + '"');
        }
    };
    tables::parse_map_text(
        *text, where.path, format(),
        [&](const tables::TextEntry& entry) {
            patterns = patterns || (entry.key.starts_with('/') && entry.key.size() > 1);
            put(folded(entry.key), entry.value, entry.line);
        },
        [this](const std::string& warning) { warn(warning); });
    if (settings_.mode == PostmapMode::postalias && !options_.incremental) {
        put("@", "@", 0);  // sendmail's mark of a complete alias database
    }
    if (patterns && settings_.mode == PostmapMode::postmap) {
        warn(where.path + " looks like a regexp: or pcre: table; such tables need no postmap and never use " + where.path + ".db");
    }
    if (const auto committed = writer.commit(); !committed) {
        throw Fatal{committed.error().text};
    }
}

bool Postmap::remove_keys(const std::string& map, const std::vector<std::string>& keys) const {
    const Target where = target(map);
    const auto type = writable(where);
    if (!type) {
        throw Fatal{"table " + map + ": keys cannot be deleted from tables of this type"};
    }
    std::vector<std::string> unwanted;
    std::transform(keys.begin(), keys.end(), std::back_inserter(unwanted), [this](const std::string& key) { return folded(key); });
    tables::DatabaseWriter writer = create(where, *type);
    if (copy(where, writer, unwanted) == 0) {
        return false;
    }
    if (const auto committed = writer.commit(); !committed) {
        throw Fatal{committed.error().text};
    }
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

Options parse_options(int argc, char** argv, const char* program) {
    Options options;
    optind = 0;  // glibc: forget an earlier command line
    opterr = 0;
    for (int option = 0; (option = getopt(argc, argv, "NWc:d:finopq:rsuvw")) > 0;) {
        switch (option) {
            case 'd':
                options.remove = optarg;
                break;
            case 'f':
                options.fold = false;
                break;
            case 'i':
                options.incremental = true;
                break;
            case 'p':
                options.inherit_mode = false;
                break;
            case 'q':
                options.query = optarg;
                break;
            case 'r':
                options.duplicates = Duplicates::replace;
                break;
            case 's':
                options.sequence = true;
                break;
            case 'w':
                options.duplicates = Duplicates::ignore;
                break;
            case '?':
                throw Fatal{std::string("usage: ") + program + " [-Nfinoprsuvw] [-c config_dir] [-d key] [-q key] [map_type:]file..."};
            default:  // -c is the caller's; -N, -n, -o, -u, -v, -W change nothing here
                break;
        }
    }
    options.maps.assign(argv + optind, argv + argc);
    if ((options.query ? 1 : 0) + (options.remove ? 1 : 0) + (options.sequence ? 1 : 0) > 1) {
        throw Fatal{"specify only one of -s -q or -d"};
    }
    if (options.maps.empty()) {
        throw Fatal{std::string("usage: ") + program + " [-Nfinoprsuvw] [-c config_dir] [-d key] [-q key] [map_type:]file..."};
    }
    return options;
}

}  // namespace

int postmap_main(int argc, char** argv, const PostmapSettings& settings, world::Files& files) {
    const char* program = settings.mode == PostmapMode::postmap ? "postmap" : "postalias";
    try {
        return Postmap(settings, files, parse_options(argc, argv, program)).run();
    } catch (const Fatal& fatal) {
        std::cout.flush();
        std::cerr << program << ": fatal: " << fatal.text << '\n';
        return 1;
    }
}

}  // namespace posthouse::tools
