#pragma once
// postmap(1) and postalias(1): make and ask lookup tables.
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "config/view.hpp"
#include "tables/key_form.hpp"
#include "tables/surroundings.hpp"
#include "tables/table.hpp"
#include "world/files.hpp"

namespace posthouse::tools {

enum class PostmapMode { postmap, postalias };

/// A world for tables that ask other programs.
class TableWorld {
public:
    virtual ~TableWorld() = default;
    [[nodiscard]] virtual tables::Surroundings surroundings(const config::View& main) = 0;
    /// Waits for the answer.
    [[nodiscard]] virtual tables::Lookup find(const tables::Table& table, std::string key) = 0;
};

struct PostmapSettings {
    PostmapMode mode = PostmapMode::postmap;
    std::optional<std::string> default_database_type = "hash";  // nullopt: as main.cf says
    std::string myhostname = "localhost";
    config::View main = {};  // main.cf
    /// Called for queries. Unset: tables that ask other programs cannot be asked.
    std::function<std::unique_ptr<TableWorld>()> make_world = {};
    tables::KeyText key_text = tables::KeyText::utf8;  // smtputf8_enable; -u and -U win
};

[[nodiscard]] inline const char* program_name(PostmapMode mode) { return mode == PostmapMode::postmap ? "postmap" : "postalias"; }

/// postmap [-bfFhimnNoprsuUvw] [-c dir] [-q key] [-d key] [type:]file ...; writes to standard output and error, returns the exit
/// status: 0; 1 if a key of -q or -d is not there, or after a fatal error.
int postmap_main(int argc, char** argv, PostmapSettings settings, world::Files& files);

}  // namespace posthouse::tools
