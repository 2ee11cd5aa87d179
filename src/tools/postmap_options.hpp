#pragma once
// The command line of postmap(1) and postalias(1).
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "tables/open_context.hpp"
#include "tables/writer.hpp"
#include "tools/postmap.hpp"

namespace posthouse::tools {

struct PostmapOptions {
    bool incremental = false;       // -i
    bool sequence = false;          // -s
    bool inherit_mode = true;       // not -p
    bool header_queries = false;    // -h
    bool body_queries = false;      // -b
    bool mime = false;              // -m
    bool as_root = false;           // -o
    tables::KeyCase keys = tables::KeyCase::folded;          // kept: -f
    std::optional<tables::KeyText> key_text;                 // utf8: -U; bytes: -u; nullopt: by smtputf8_enable
    tables::ValueForm values = tables::ValueForm::text;      // files: -F
    tables::Terminator terminator = tables::Terminator::with;  // without: -n
    tables::Duplicates duplicates = tables::Duplicates::warn;  // -r, -w
    std::string directory;             // -c
    std::optional<std::string> query;   // -q
    std::optional<std::string> remove;  // -d
    std::vector<std::string> maps;
};

/// The error is the text of the fatal message: the usage, or which options exclude each other.
[[nodiscard]] base::Result<PostmapOptions> parse_postmap_options(int argc, char** argv, PostmapMode mode);

}  // namespace posthouse::tools
