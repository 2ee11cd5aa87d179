#include "tools/postconf_options.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "config/main_cf.hpp"

#include <algorithm>

namespace posthouse::tools {

namespace {

using Subject = PostconfOptions::Subject;
using Action = PostconfOptions::Action;

/// Applies an option without argument; false if there is no such option.
bool apply_flag(char flag, PostconfOptions& options) {
    switch (flag) {
        case 'd': options.defaults_only = true; return true;
        case 'n': options.set_only = true; return true;
        case 'x': options.expand = true; return true;
        case 'h': options.hide_name = true; return true;
        case 'H': options.hide_value = true; return true;
        case 'f': options.fold = true; return true;
        case 'e': options.action = Action::edit; return true;
        case '#': options.action = Action::comment_out; return true;
        case 'X': options.action = Action::remove; return true;
        case 'm': options.action = Action::list_table_types; return true;
        case 'l': options.action = Action::list_lock_types; return true;
        case 'a': options.action = Action::list_sasl_servers; return true;
        case 'A': options.action = Action::list_sasl_clients; return true;
        case 'M': options.subject = Subject::service_rows; return true;
        case 'P': options.subject = Subject::service_parameters; return true;
        case 'F': options.subject = Subject::service_fields; return true;
        case 'p':  // parameters of main.cf: what is shown anyway
        case 'v': return true;
        default: return false;
    }
}

base::Result<> apply_classes(std::string_view words, PostconfOptions::Classes& classes) {
    classes = {.builtin = false, .service = false, .user = false};
    for (const std::string_view word : base::split_words(words, ", \t")) {
        const bool all = word == "all";
        if (!all && word != "builtin" && word != "service" && word != "user") {
            return base::fail(base::ErrorKind::invalid, base::format("unknown -C option value: \"{}\"", word));
        }
        classes.builtin = classes.builtin || all || word == "builtin";
        classes.service = classes.service || all || word == "service";
        classes.user = classes.user || all || word == "user";
    }
    return {};
}

base::Result<> apply_argument(char flag, const std::string& argument, PostconfOptions& options) {
    if (flag == 'c') {
        options.directory = argument;
        options.directory_given = true;
    } else if (flag == 'o') {
        const config::NameValue split = config::split_name_value(argument);
        if (!split.error.empty()) {
            return base::fail(base::ErrorKind::invalid, base::format("-o option requires name=value: {}: \"{}\"", split.error, argument));
        }
        options.settings.emplace_back(split.name, split.value);
    }
    return flag == 'C' ? apply_classes(argument, options.classes) : base::Result<>{};
}

}  // namespace

base::Result<PostconfOptions> parse_postconf_options(const std::vector<std::string>& arguments, std::string directory) {
    PostconfOptions options;
    options.directory = std::move(directory);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& word = arguments[i];
        if (word == "--") {
            options.names.insert(options.names.end(), arguments.begin() + static_cast<std::ptrdiff_t>(i) + 1, arguments.end());
            break;
        }
        if (word.size() < 2 || word.front() != '-') {
            options.names.push_back(word);
            continue;
        }
        for (std::size_t at = 1; at < word.size(); ++at) {
            if (apply_flag(word[at], options)) {
                continue;
            }
            if (word[at] != 'c' && word[at] != 'o' && word[at] != 'C') {
                return base::fail(base::ErrorKind::invalid, base::format("unrecognized option: -{}", word[at]));
            }
            const bool is_attached = at + 1 < word.size();
            if (!is_attached && i + 1 == arguments.size()) {
                return base::fail(base::ErrorKind::invalid, base::format("option -{} requires an argument", word[at]));
            }
            const std::string argument = is_attached ? word.substr(at + 1) : arguments[++i];
            if (const base::Result<> applied = apply_argument(word[at], argument, options); !applied) {
                return std::unexpected(applied.error());
            }
            break;
        }
    }
    // "postconf name=value" changes the file, as with -e.
    const auto is_assignment = [](const std::string& name) { return name.find('=') != std::string::npos; };
    if (options.action == Action::show && std::any_of(options.names.begin(), options.names.end(), is_assignment)) {
        options.action = Action::edit;
    }
    return options;
}

}  // namespace posthouse::tools
