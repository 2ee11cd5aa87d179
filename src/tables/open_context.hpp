#pragma once
// OpenContext: what opening tables needs from outside.
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "tables/key_form.hpp"
#include "tables/surroundings.hpp"
#include "tables/table.hpp"
#include "world/files.hpp"

namespace posthouse::tables {

/// Warnings and hints for the operator, complete with file and line.
using Warn = std::function<void(std::string)>;

/// How the source text of an indexed table is written: postmap(1) "key value", or aliases(5) "key: value".
enum class TextFormat { map, aliases };

/// Whether the value of an entry is what is written there, or the contents of the files that are named there
/// (tls_server_sni_maps, postmap's -F). In an indexed file such a value is base64.
enum class ValueForm { text, files };

/// Whether a table whose file postmap makes is opened again by itself when that file changes.
enum class FileChanges { ignored, followed };

/// Tables that several parameters name are opened once; keyed by format and specification. One per load of the configuration.
using TableCache = std::map<std::string, std::shared_ptr<const Table>>;

/// A variable of the environment that a table may see; nullopt: there is none.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// The value of a setting in main.cf (a service's own wins); nullopt: it is not set.
using MainCfValue = std::function<std::optional<std::string>(const std::string& name)>;

/// A lookup that has no answer: which table, which key, why. Called on the core that asked, for each such lookup once.
using LookupFailed = std::function<void(const std::string& table, const std::string& key, const std::string& reason)>;

struct OpenContext {
    world::Files& files;
    std::string default_type = {};  // for a specification without "type:"; empty: that is an error
    Warn warn = {};                 // may be empty
    TextFormat format = TextFormat::map;
    TableCache* cache = nullptr;
    KeyForm keys = {};
    ValueForm values = ValueForm::text;
    FileChanges changes = FileChanges::ignored;
    Environment environment = {};   // empty: there are no variables
    MainCfValue main_cf = {};       // empty: tables have their settings in files only
    LookupFailed failed = {};       // empty: only the answer says it
    Surroundings outside = {};
    unsigned depth = 0;  // tables named in a table's own file, which may name it again

    void warning(std::string text) const {
        if (warn) {
            warn(std::move(text));
        }
    }
};

}  // namespace posthouse::tables
