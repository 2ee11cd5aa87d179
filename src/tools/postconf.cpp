#include "tools/postconf.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "config/check.hpp"
#include "config/snapshot.hpp"
#include "os/replacement.hpp"
#include "tools/postconf_built_in.hpp"
#include "tools/postconf_edit.hpp"
#include "tools/postconf_master.hpp"
#include "tools/postconf_master_edit.hpp"
#include "tools/postconf_options.hpp"
#include "tools/postconf_show.hpp"
#include "tools/read_file.hpp"
#include "tools/system_facts.hpp"

#include <cstdio>
#include <cstdlib>

namespace posthouse::tools {

namespace {

using Action = PostconfOptions::Action;
using Subject = PostconfOptions::Subject;

void warn(PostconfOutput& output, std::string_view text) { output.err += base::format("postconf: warning: {}\n", text); }

void fatal(PostconfOutput& output, std::string_view text) {
    output.err += base::format("postconf: fatal: {}\n", text);
    output.status = 1;
}

base::Result<std::shared_ptr<const config::Configuration>> load_for(const PostconfOptions& options, PostconfOutput& output) {
    config::LoadRequest request;
    request.directory = options.directory;
    request.facts = system_facts();
    request.settings = options.settings;
    request.process_name = "postconf";
    request.reader = [&](const std::string& path) -> base::Result<std::string> {
        if (options.defaults_only && path.ends_with("/main.cf")) {
            return std::string();
        }
        base::Result<std::string> text = read_file(path);
        if (!text && path.ends_with("/master.cf") && options.subject == Subject::parameters) {
            if (options.action == Action::show) {
                warn(output, text.error().text);  // main.cf can be shown without it
            }
            return std::string();
        }
        return text;
    };
    return config::load(std::move(request));
}

/// A file that nobody else edits until this is gone.
struct BeingEdited {
    os::Replacement place;
    std::string text;  // as it is now

    base::Result<> finish(std::string_view edited) {
        const base::Result<> written = place.write(edited);
        return written ? place.take_place(0644) : written;
    }
};

base::Result<BeingEdited> begin_edit(const std::string& path) {
    base::Result<os::Replacement> place = os::Replacement::begin(path);
    if (!place) {
        return std::unexpected(place.error());
    }
    base::Result<std::string> text = read_file(path);
    if (!text) {
        return std::unexpected(text.error());
    }
    return BeingEdited{std::move(*place), std::move(*text)};
}

void edit_services(const PostconfOptions& options, PostconfOutput& output) {
    const std::string path = options.directory + "/master.cf";
    base::Result<BeingEdited> file = begin_edit(path);
    if (!file) {
        return fatal(output, file.error().text);
    }
    std::vector<std::string> warnings;
    const base::Result<std::string> edited = edit_master_cf(file->text, path, options, warnings);
    for (const std::string& warning : warnings) {
        warn(output, warning);
    }
    if (!edited) {
        return fatal(output, edited.error().text);
    }
    if (const base::Result<> written = file->finish(*edited); !written) {
        fatal(output, written.error().text);
    }
}

/// The edits of the command line; an error is the text of a fatal message.
base::Result<std::map<std::string, std::string>> read_edits(const PostconfOptions& options, PostconfOutput& output) {
    std::map<std::string, std::string> edits;
    for (const std::string& raw : options.names) {
        const std::string_view text = base::trim_left(raw);
        if (raw.find('\n') != std::string::npos) {
            return base::fail(base::ErrorKind::invalid, "-e, -X, or -# accepts no multi-line input");
        }
        if (text.starts_with('#')) {
            return base::fail(base::ErrorKind::invalid, "-e, -X, or -# accepts no comment input");
        }
        if (options.action != Action::edit) {
            if (text.empty() || text.find('=') != std::string_view::npos) {
                return base::fail(base::ErrorKind::invalid, text.empty() ? "-X or -# requires non-blank parameter names" : "-X or -# requires parameter names without value");
            }
            edits.emplace(base::trim_right(text), "");
            continue;
        }
        const config::NameValue split = config::split_name_value(text);
        if (!split.error.empty()) {
            return base::fail(base::ErrorKind::invalid, base::format("{}: \"{}\"", split.error, text));
        }
        const auto [earlier, is_new] = edits.emplace(split.name, split.value);
        if (!is_new && earlier->second != split.value) {
            warn(output, base::format("ignoring earlier request: '{} = {}'", split.name, earlier->second));
            earlier->second = split.value;
        }
    }
    return edits;
}

void edit(const PostconfOptions& options, PostconfOutput& output) {
    if (options.subject != Subject::parameters) {
        return edit_services(options, output);
    }
    const auto edits = read_edits(options, output);
    if (!edits) {
        return fatal(output, edits.error().text);
    }
    const std::string path = options.directory + "/main.cf";
    base::Result<BeingEdited> file = begin_edit(path);
    if (!file) {
        return fatal(output, file.error().text);
    }
    const EditKind kind = options.action == Action::edit ? EditKind::set : options.action == Action::remove ? EditKind::remove : EditKind::comment_out;
    const EditedMainCf edited = edit_main_cf(file->text, *edits, kind);
    for (const std::string& name : edited.repeated) {
        warn(output, base::format("{}: multiple entries for \"{}\"", path, name));
    }
    if (const base::Result<> written = file->finish(edited.text); !written) {
        fatal(output, written.error().text);
    }
}

// What nobody reads, and what reads nothing.
std::string warnings_about(const config::Configuration& configuration, const PostconfOptions& options) {
    std::string out;
    for (const config::Setting& setting : config::undefined_names(configuration)) {
        out += base::format("postconf: warning: {}: undefined parameter: {}\n", setting.file, setting.name);
    }
    std::vector<config::Setting> unused;
    if (options.subject == Subject::parameters) {
        unused = config::unused_settings(configuration);
    }
    for (config::Setting& setting : config::unused_overrides(configuration)) {
        unused.push_back(std::move(setting));
    }
    for (const config::Setting& setting : unused) {
        out += base::format("postconf: warning: {}: unused parameter: {}={}\n", setting.file, setting.name, setting.value);
    }
    return out;
}

void show(const PostconfOptions& options, PostconfOutput& output) {
    const auto loaded = load_for(options, output);
    if (!loaded) {
        return fatal(output, loaded.error().text);
    }
    const config::Configuration& configuration = **loaded;
    for (const config::Finding& finding : configuration.findings()) {
        const bool is_error = finding.severity == config::Severity::error;
        output.err += base::format("postconf: {}: {}, line {}: {}\n", is_error ? "error" : "warning", finding.file, finding.line, finding.text);
        output.status = is_error ? 1 : output.status;
    }
    if (options.action != Action::show) {
        return show_templates(configuration.main(), options, output);
    }
    if (options.subject != Subject::parameters) {
        show_master(configuration, options, output);
    } else {
        show_parameters(configuration, options, output);
    }
    if (!options.defaults_only) {
        output.err += warnings_about(configuration, options);
    }
}

}  // namespace

PostconfOutput run_postconf(const std::vector<std::string>& arguments, std::string_view directory) {
    PostconfOutput output;
    const bool from_environment = !directory.empty();
    base::Result<PostconfOptions> options = parse_postconf_options(arguments, from_environment ? std::string(directory) : "/etc/postfix");
    if (!options) {
        const bool is_usage = options.error().kind == base::ErrorKind::not_found;
        output.err = is_usage ? base::format("postconf: {}\n", options.error().text) : std::string();
        fatal(output, is_usage ? postconf_usage() : options.error().text);
        return output;
    }
    options->directory_given = options->directory_given || from_environment;
    switch (options->action) {
        case Action::show:
        case Action::show_templates:
        case Action::expand_templates: show(*options, output); break;
        case Action::edit:
        case Action::comment_out:
        case Action::remove: edit(*options, output); break;
        default: show_built_in(*options, output);
    }
    return output;
}

int postconf_main(int argc, char** argv) {
    const char* directory = std::getenv("MAIL_CONFIG");
    const PostconfOutput output =
        run_postconf(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc), directory == nullptr ? "" : directory);
    std::fwrite(output.out.data(), 1, output.out.size(), stdout);
    std::fflush(stdout);
    for (const std::string_view line : base::split_fields(output.err, '\n')) {
        if (!line.empty()) {
            std::fprintf(stderr, "%s\n", base::printable(line).c_str());  // it may quote anything that a file holds
        }
    }
    return output.status;
}

}  // namespace posthouse::tools
