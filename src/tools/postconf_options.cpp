#include "tools/postconf_options.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "config/main_cf.hpp"

#include <algorithm>
#include <array>

namespace posthouse::tools {

namespace {

using Subject = PostconfOptions::Subject;
using Action = PostconfOptions::Action;

constexpr std::string_view flags = "aAbdeEfFhHlmMnpPtvxX#";
constexpr std::string_view with_argument = "cCoT";
// In the order in which messages name options.
constexpr std::string_view named = "aAbdefFhHlmMnopPtTxX#";

// Options of which one at most makes sense, the subjects first.
constexpr std::array<std::string_view, 6> exclusive{"aAblmtpMFPT", "den#X", "fe#X", "xe#X", "ode#X", "he#XH"};

/// The only company that an option keeps.
struct Company {
    char option;
    std::string_view others;
};
constexpr std::array company{Company{'a', ""},          Company{'A', ""},      Company{'b', ""},     Company{'l', ""},        Company{'m', ""},
                             Company{'T', ""},          Company{'t', ""},      Company{'p', "eX#fhxdnoH"}, Company{'M', "eX#fox"}, Company{'F', "efhoxH"},
                             Company{'P', "eXfhoxH"}};

void apply_flag(char flag, PostconfOptions& options) {
    switch (flag) {
        case 'd': options.defaults_only = true; break;
        case 'n': options.set_only = true; break;
        case 'x': options.expand = true; break;
        case 'h': options.hide_name = true; break;
        case 'H': options.hide_value = true; break;
        case 'f': options.fold = true; break;
        case 'v': options.verbose = true; break;
        case 'e': options.action = Action::edit; break;
        case '#': options.action = Action::comment_out; break;
        case 'X': options.action = Action::remove; break;
        case 'm': options.action = Action::list_table_types; break;
        case 'l': options.action = Action::list_lock_types; break;
        case 'a': options.action = Action::list_sasl_servers; break;
        case 'A': options.action = Action::list_sasl_clients; break;
        case 'b': options.action = Action::expand_templates; break;
        case 't': options.action = Action::show_templates; break;
        case 'M': options.subject = Subject::service_rows; break;
        case 'P': options.subject = Subject::service_parameters; break;
        case 'F': options.subject = Subject::service_fields; break;
        default: break;  // -p: parameters of main.cf, what is shown anyway; -E
    }
}

base::Result<> apply_classes(std::string_view words, PostconfOptions::Classes& classes) {
    classes = {.builtin = false, .service = false, .user = false};
    for (const std::string_view word : base::split_words(words, ", \t")) {
        const auto is = [word](std::string_view name) { return base::iequals(word, name) || base::iequals(word, "all"); };
        if (!is("builtin") && !is("service") && !is("user")) {
            return base::fail(base::ErrorKind::invalid, base::format("unknown -C option value \"{}\" in \"{}\"", word, words));
        }
        classes.builtin = classes.builtin || is("builtin");
        classes.service = classes.service || is("service");
        classes.user = classes.user || is("user");
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
            return base::fail(base::ErrorKind::invalid, base::format("invalid parameter override: {}: {}", argument, split.error));
        }
        options.settings.emplace_back(split.name, split.value);
    } else if (flag == 'T') {
        if (options.action == Action::show_tls) {
            return base::fail(base::ErrorKind::invalid, "At most one -T <mode> option may be specified");
        }
        options.action = Action::show_tls;
        options.tls_mode = argument;
    }
    return flag == 'C' ? apply_classes(argument, options.classes) : base::Result<>{};
}

// "-a -m"
std::string list(std::string_view options) {
    std::string out;
    for (const char option : named) {
        if (options.find(option) != std::string_view::npos) {
            out += base::format("{}-{}", out.empty() ? "" : " ", option);
        }
    }
    return out;
}

std::string common(std::string_view a, std::string_view b) {
    std::string out;
    std::copy_if(a.begin(), a.end(), std::back_inserter(out), [b](char option) { return b.find(option) != std::string_view::npos; });
    return out;
}

base::Result<> check_together(std::string_view given) {
    if (given.find('b') != std::string_view::npos && given.find('t') != std::string_view::npos) {
        return base::fail(base::ErrorKind::invalid, "specify one of -b and -t");
    }
    for (const std::string_view group : exclusive) {
        if (const std::string some = common(group, given); some.size() > 1) {
            return base::fail(base::ErrorKind::invalid, "specify one of " + list(some));
        }
    }
    for (const Company& one : company) {
        std::string excess;
        for (const char option : given) {
            excess += option == one.option || one.others.find(option) != std::string_view::npos || named.find(option) == std::string_view::npos ? "" : std::string(1, option);
        }
        if (given.find(one.option) != std::string_view::npos && !excess.empty()) {
            return base::fail(base::ErrorKind::invalid, base::format("with option -{}, do not specify {}", one.option, list(excess)));
        }
    }
    return {};
}

/// Reads the words of the command line; `given`: which options there were.
base::Result<PostconfOptions> read(const std::vector<std::string>& arguments, std::string directory, std::string& given) {
    PostconfOptions options;
    options.directory = std::move(directory);
    std::size_t i = 0;
    for (; i < arguments.size() && arguments[i].size() > 1 && arguments[i].front() == '-'; ++i) {
        const std::string& word = arguments[i];
        if (word == "--") {
            ++i;
            break;
        }
        for (std::size_t at = 1; at < word.size(); ++at) {
            const char option = word[at];
            if (given.find(option) == std::string::npos) {
                given += option;
            }
            if (flags.find(option) != std::string_view::npos) {
                apply_flag(option, options);
                continue;
            }
            if (with_argument.find(option) == std::string_view::npos) {
                return base::fail(base::ErrorKind::not_found, base::format("invalid option -- '{}'", option));
            }
            const bool is_attached = at + 1 < word.size();
            if (!is_attached && i + 1 == arguments.size()) {
                return base::fail(base::ErrorKind::not_found, base::format("option requires an argument -- '{}'", option));
            }
            const std::string argument = is_attached ? word.substr(at + 1) : arguments[++i];
            if (const base::Result<> applied = apply_argument(option, argument, options); !applied) {
                return std::unexpected(applied.error());
            }
            break;
        }
    }
    options.names.assign(arguments.begin() + static_cast<std::ptrdiff_t>(i), arguments.end());
    return options;
}

}  // namespace

base::Result<PostconfOptions> parse_postconf_options(const std::vector<std::string>& arguments, std::string directory) {
    std::string given;
    base::Result<PostconfOptions> options = read(arguments, std::move(directory), given);
    if (!options) {
        return options;
    }
    const bool other_subject = given.find_first_of("aAblmtT") != std::string::npos;
    if (!other_subject && given.find_first_of("MFPp") == std::string::npos) {
        given += 'p';
    }
    // "postconf name=value" changes the file, as with -e.
    if (!other_subject && given.find('e') == std::string::npos && !options->names.empty() && options->names.front().find('=') != std::string::npos) {
        options->action = options->action == Action::show ? Action::edit : options->action;
        given += 'e';
    }
    if (const base::Result<> checked = check_together(given); !checked) {
        return std::unexpected(checked.error());
    }
    if (options->action == Action::edit && options->names.empty()) {
        return base::fail(base::ErrorKind::invalid, "-e requires name=value argument");
    }
    if ((options->action == Action::remove || options->action == Action::comment_out) && options->names.empty()) {
        return base::fail(base::ErrorKind::invalid, "missing service argument");
    }
    if (given.find_first_of("bt") != std::string::npos && options->names.size() > 1) {
        return base::fail(base::ErrorKind::invalid, "options -b and -t require at most one template file");
    }
    return options;
}

std::string postconf_usage() {
    return "usage: postconf [-a (server SASL types)] [-A (client SASL types)] [-b (bounce templates)] [-c config_dir] [-c param_class] "
           "[-d (parameter defaults)] [-e (edit configuration)] [-f (fold lines)] [-F (master.cf fields)] [-h (no names)] [-H (no values)] "
           "[-l (lock types)] [-m (map types)] [-M (master.cf)] [-n (non-default parameters)] [-o name=value (override parameter value)] "
           "[-p (main.cf, default)] [-P (master.cf parameters)] [-t (bounce templates)] [-T compile-version|run-version|public-key-algorithms] "
           "[-v (verbose)] [-x (expand parameter values)] [-X (exclude)] [-# (comment-out)] [name...]";
}

}  // namespace posthouse::tools
