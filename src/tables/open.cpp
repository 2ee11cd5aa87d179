#include "tables/open.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "config/table_attributes.hpp"
#include "tables/cidr.hpp"
#include "tables/combined.hpp"
#include "tables/environ.hpp"
#include "tables/indexed.hpp"
#include "tables/inline.hpp"
#include "tables/internal.hpp"
#include "tables/ldap.hpp"
#include "tables/memcache.hpp"
#include "tables/mysql.hpp"
#include "tables/pcre.hpp"
#include "tables/pgsql.hpp"
#include "tables/regexp.hpp"
#include "tables/socketmap.hpp"
#include "tables/sqlite.hpp"
#include "tables/static.hpp"
#include "tables/tcp.hpp"
#include "tables/text_hash.hpp"
#include "tables/unavailable.hpp"
#include "tables/unix_passwd.hpp"

namespace posthouse::tables {

namespace {

using Opener = std::shared_ptr<const Table> (*)(const TableName&, const OpenContext&);
struct Type {
    std::string_view name;
    Opener open;
};
constexpr std::array types{
    Type{"btree", open_indexed},
    Type{"cdb", open_indexed},
    Type{"cidr", open_cidr},
    Type{"environ", open_environ},
    Type{"fail", open_fail},
    Type{"hash", open_indexed},
    Type{"inline", open_inline},
    Type{"internal", open_internal},
    Type{"ldap", open_ldap},
    Type{"lmdb", open_indexed},
    Type{"memcache", open_memcache},
    Type{"mysql", open_mysql},
    Type{"pcre", open_pcre},
    Type{"pgsql", open_pgsql},
    Type{"pipemap", open_pipemap},
    Type{"randmap", open_randmap},
    Type{"regexp", open_regexp},
    Type{"socketmap", open_socketmap},
    Type{"sqlite", open_sqlite},
    Type{"static", open_static},
    Type{"tcp", open_tcp},
    Type{"texthash", open_text_hash},
    Type{"unionmap", open_unionmap},
    Type{"unix", open_unix},
};
constexpr unsigned depth_max = 10;
constexpr std::array nameless{"environ", "internal"};  // what follows the colon means nothing

std::shared_ptr<const Table> open_uncached(std::string_view spec, const OpenContext& context) {
    TableName name{.spec = std::string(spec), .type = {}, .path = {}};
    if (context.depth > depth_max) {
        return unavailable(name, name.spec + ": tables name each other in a circle");
    }
    std::string_view rest = spec;
    while (rest.starts_with("proxy:") || rest.starts_with("proxywrite:")) {
        rest.remove_prefix(rest.find(':') + 1);
    }
    const auto colon = base::split_once(rest, ':');
    const bool typed = colon && !colon->first.empty() && colon->first.find_first_of("/{") == std::string_view::npos;
    if (!typed && context.default_type.empty()) {
        return unavailable(name, base::trim(spec).empty() ? "empty table name"
                                                          : "open dictionary: expecting \"type:name\" form instead of \"" + name.spec + '"');
    }
    name.type = typed ? std::string(colon->first) : context.default_type;
    name.path = typed ? std::string(colon->second) : std::string(rest);
    if (!typed) {
        name.spec = name.type + ':' + name.path;
    }
    const auto type = std::find_if(types.begin(), types.end(), [&name](const Type& known) { return known.name == name.type; });
    if (type == types.end()) {
        return unavailable(name, "unsupported dictionary type: " + name.type);
    }
    if (name.path.empty() && std::find(nameless.begin(), nameless.end(), name.type) == nameless.end()) {
        return unavailable(name, "table name is missing after \"" + name.type + ":\"");
    }
    return type->open(name, context);
}

// One table per service whose settings of it are its own.
std::string own_settings(std::string_view spec, const OpenContext& context) {
    std::string out;
    for (const std::string& name : context.main_cf ? config::table_parameters_of(spec) : std::vector<std::string>{}) {
        if (const auto value = context.main_cf(name)) {
            out += '\n' + name + '=' + *value;
        }
    }
    return out;
}

}  // namespace

std::shared_ptr<const Table> open_table(std::string_view spec, const OpenContext& context) {
    if (context.cache == nullptr) {
        return open_uncached(spec, context);
    }
    const std::string key = (context.format == TextFormat::aliases ? "aliases " : "map ") + std::string(spec) + own_settings(spec, context);
    if (const auto cached = context.cache->find(key); cached != context.cache->end()) {
        return cached->second;
    }
    auto opened = open_uncached(spec, context);
    return context.cache->emplace(key, std::move(opened)).first->second;
}

std::vector<std::string_view> table_types() {
    std::vector<std::string_view> names(std::size(types));
    std::transform(std::begin(types), std::end(types), names.begin(), [](const Type& type) { return type.name; });
    return names;
}

std::optional<std::string> open_error(const Table& table) { return table.open_error(); }

base::Result<std::string> read_source(const std::string& path, world::Files& files) {
    auto text = files.read(path);
    if (text) {
        return text;
    }
    const base::Error& error = text.error();
    switch (error.kind) {
        case base::ErrorKind::not_found:
            return base::fail(error.kind, "open " + path + ": No such file or directory");
        case base::ErrorKind::permission:
            return base::fail(error.kind, "open " + path + ": Permission denied");
        default:
            return base::fail(error.kind, error.text.find(path) == std::string::npos ? "open " + path + ": " + error.text : error.text);
    }
}

base::Result<std::string> entry_value(std::string_view text, const OpenContext& context) {
    if (context.values == ValueForm::text) {
        return std::string(text);
    }
    std::string all;
    for (const std::string_view path : base::split_words(text, ", \t\r\n")) {
        auto content = read_source(std::string(path), context.files);
        if (!content) {
            return content;
        }
        all += *content + '\n';
    }
    if (all.empty()) {
        return base::fail(base::ErrorKind::invalid, "empty pathname list");
    }
    return all;
}

SourceFile source_file(const std::string& path, world::Files& files) {
    const auto info = files.info(path);
    return {path, info ? std::optional(*info) : std::nullopt};
}

}  // namespace posthouse::tables
