#pragma once
// The command line of postconf(1).
#include "base/result.hpp"

#include <string>
#include <utility>
#include <vector>

namespace posthouse::tools {

struct PostconfOptions {
    enum class Subject { parameters, service_rows, service_parameters, service_fields };
    enum class Action {
        show, edit, comment_out, remove,
        list_table_types, list_lock_types, list_sasl_servers, list_sasl_clients,
        show_templates, expand_templates, show_tls
    };

    Subject subject = Subject::parameters;
    Action action = Action::show;
    bool defaults_only = false;  // -d
    bool set_only = false;       // -n
    bool expand = false;         // -x
    bool hide_name = false;      // -h
    bool hide_value = false;     // -H
    bool fold = false;           // -f
    bool verbose = false;        // -v
    struct Classes {
        bool builtin = true, service = true, user = true;
    };
    Classes classes;  // -C
    bool directory_given = false;  // by -c or the environment
    std::string directory;       // -c
    std::string tls_mode;        // -T
    std::vector<std::pair<std::string, std::string>> settings;  // -o name=value
    std::vector<std::string> names;                             // the rest of the line
};

/// Options end at the first word that is none. ErrorKind::invalid: the text of a fatal message, for example which options exclude
/// each other; ErrorKind::not_found: what getopt(3) says of an option that does not exist or lacks its argument.
[[nodiscard]] base::Result<PostconfOptions> parse_postconf_options(const std::vector<std::string>& arguments, std::string directory);

/// One line, without "postconf: fatal: ".
[[nodiscard]] std::string postconf_usage();

}  // namespace posthouse::tools
