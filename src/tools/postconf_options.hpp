#pragma once
// The command line of postconf(1).
#include "base/result.hpp"

#include <string>
#include <utility>
#include <vector>

namespace posthouse::tools {

struct PostconfOptions {
    enum class Subject { parameters, service_rows, service_parameters, service_fields };
    enum class Action { show, edit, comment_out, remove, list_table_types, list_lock_types, list_sasl_servers, list_sasl_clients };

    Subject subject = Subject::parameters;
    Action action = Action::show;
    bool defaults_only = false;  // -d
    bool set_only = false;       // -n
    bool expand = false;         // -x
    bool hide_name = false;      // -h
    bool hide_value = false;     // -H
    bool fold = false;           // -f
    struct Classes {
        bool builtin = true, service = true, user = true;
    };
    Classes classes;  // -C
    bool directory_given = false;  // by -c or the environment
    std::string directory;       // -c
    std::vector<std::pair<std::string, std::string>> settings;  // -o name=value
    std::vector<std::string> names;                             // the rest of the line
};

/// Options may stand together ("-hx") and between the names, as getopt allows.
[[nodiscard]] base::Result<PostconfOptions> parse_postconf_options(const std::vector<std::string>& arguments, std::string directory);

}  // namespace posthouse::tools
