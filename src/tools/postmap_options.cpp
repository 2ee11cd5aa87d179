#include "tools/postmap_options.hpp"

#include <unistd.h>

#include "tools/command_page.hpp"

namespace posthouse::tools {

namespace {

void apply_flag(int option, PostmapOptions& options) {
    switch (option) {
        case 'b': options.body_queries = true; break;
        case 'f': options.keys = tables::KeyCase::kept; break;
        case 'F': options.values = tables::ValueForm::files; break;
        case 'h': options.header_queries = true; break;
        case 'i': options.incremental = true; break;
        case 'm': options.mime = true; break;
        case 'n': options.terminator = tables::Terminator::without; break;
        case 'N': options.terminator = tables::Terminator::with; break;
        case 'o': options.as_root = true; break;
        case 'p': options.inherit_mode = false; break;
        case 'r': options.duplicates = tables::Duplicates::replace; break;
        case 'w': options.duplicates = tables::Duplicates::ignore; break;
        case 'u': options.key_text = tables::KeyText::bytes; break;
        case 'U': options.key_text = tables::KeyText::utf8; break;
        default: break;  // -v, -W change nothing here
    }
}

}  // namespace

base::Result<PostmapOptions> parse_postmap_options(int argc, char** argv, PostmapMode mode) {
    PostmapOptions options;
    const std::string letters = option_letters(program_name(mode));
    optind = 0;  // glibc: forget an earlier command line
    int given = 0;  // of -s, -q, -d
    for (int option = 0; (option = getopt(argc, argv, letters.c_str())) > 0;) {
        switch (option) {
            case 'c':
                options.directory = optarg;
                break;
            case 'd':
                options.remove = optarg;
                given += 1;
                break;
            case 'q':
                options.query = optarg;
                given += 1;
                break;
            case 's':
                options.sequence = true;
                given += 1;
                break;
            case '?':
                return base::fail(base::ErrorKind::invalid, usage_text(program_name(mode)));
            default:
                apply_flag(option, options);
        }
    }
    options.maps.assign(argv + optind, argv + argc);
    if (given > 1) {
        return base::fail(base::ErrorKind::invalid, options.sequence ? "specify only one of -s or -q or -d" : "specify only one of -s -q or -d");
    }
    if ((options.body_queries || options.header_queries || options.mime) && options.query != "-") {
        return base::fail(base::ErrorKind::invalid, "specify -b -h or -m only with \"-q -\"");
    }
    if (options.maps.empty()) {
        return base::fail(base::ErrorKind::invalid, usage_text(program_name(mode)));
    }
    return options;
}

}  // namespace posthouse::tools
