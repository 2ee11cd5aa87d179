#include "tools/postconf.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "config/check.hpp"
#include "config/parameter.hpp"
#include "config/snapshot.hpp"
#include "tables/open.hpp"
#include "tools/postconf_edit.hpp"
#include "tools/postconf_line.hpp"
#include "tools/postconf_master.hpp"
#include "tools/postconf_master_edit.hpp"
#include "tools/postconf_options.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace posthouse::tools {

namespace {

using Action = PostconfOptions::Action;
using Subject = PostconfOptions::Subject;

base::Result<std::string> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return base::fail(errno == ENOENT ? base::ErrorKind::not_found : base::ErrorKind::io, base::format("open {}: {}", path, std::strerror(errno)));
    }
    return std::string(std::istreambuf_iterator<char>(file), {});
}

/// Writes beside the file, then renames: a crash or a full disk never leaves half a main.cf.
base::Result<> replace_file(const std::string& path, std::string_view text) {
    const std::string temporary = path + ".tmp";
    std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
    file.write(text.data(), static_cast<std::streamsize>(text.size()));
    file.close();
    if (!file) {
        return base::fail(base::ErrorKind::io, base::format("write {}: {}", temporary, std::strerror(errno)));
    }
    std::error_code error;
    const std::filesystem::file_status status = std::filesystem::status(path, error);
    std::filesystem::permissions(temporary, status.permissions(), error);
    if (!error) {
        std::filesystem::rename(temporary, path, error);
    }
    return error ? base::Result<>(base::fail(base::ErrorKind::io, base::format("rename {}: {}", temporary, error.message()))) : base::Result<>{};
}

std::string system_hostname() {
    const base::Result<std::string> text = read_file("/proc/sys/kernel/hostname");
    return text ? std::string(base::trim(*text)) : "localhost";
}

base::Result<std::shared_ptr<const config::Configuration>> load_for(const PostconfOptions& options) {
    config::LoadRequest request;
    request.directory = options.directory;
    request.facts.hostname = system_hostname();
    request.settings = options.settings;
    request.reader = [&options](const std::string& path) -> base::Result<std::string> {
        if (options.defaults_only && path.ends_with("/main.cf")) {
            return std::string();
        }
        base::Result<std::string> text = read_file(path);
        // main.cf can be shown without a master.cf.
        const bool may_be_missing = path.ends_with("/master.cf") && options.subject == Subject::parameters;
        return !text && may_be_missing ? base::Result<std::string>(std::string()) : text;
    };
    return config::load(std::move(request));
}

// -d shows what is built in, for the transports that master.cf has.
bool is_delivery_agent(std::string_view command) {
    constexpr std::array agents{"error", "lmtp", "local", "pipe", "smtp", "virtual"};
    return std::find(agents.begin(), agents.end(), command) != agents.end();
}

class Shower {
public:
    Shower(const config::Configuration& configuration, const PostconfOptions& options, PostconfOutput& output)
        : configuration_(configuration), options_(options), output_(output), view_(configuration.main()) {}

    void run() {
        for (const std::string& name : options_.names.empty() ? all_names() : options_.names) {
            if (!options_.set_only || is_set(name)) {
                one(name);
            }
        }
    }

private:
    // What main.cf says, and where it is if the caller said so.
    [[nodiscard]] bool is_set(const std::string& name) const { return view_.is_set(name) || (name == "config_directory" && options_.directory_given); }

    [[nodiscard]] std::vector<std::string> all_names() const {
        std::set<std::string> names;
        if (options_.classes.builtin) {
            for (const config::Parameter& parameter : config::all_parameters()) {
                if (parameter.origin != config::Origin::other || view_.is_set(std::string(parameter.name))) {
                    names.emplace(parameter.name);
                }
            }
        }
        if (options_.classes.service) {
            add_transport_names(names);
        }
        if (options_.classes.user) {
            add_user_names(names);
        }
        return {names.begin(), names.end()};
    }

    void add_transport_names(std::set<std::string>& names) const {
        for (const config::Service& service : configuration_.services()) {
            if (is_delivery_agent(service.command) && service.type == config::ServiceType::unix_stream) {
                for (const std::string_view suffix : config::transport_suffixes()) {
                    if (suffix != "time_limit" || service.command == "pipe") {
                        names.insert(service.name + '_' + std::string(suffix));
                    }
                }
            } else if (service.command == "spawn") {
                names.insert(service.name + "_time_limit");
            }
        }
        if (!options_.classes.builtin) {
            std::erase_if(names, [](const std::string& name) { return config::find_parameter(name) != nullptr; });
        }
    }

    void add_user_names(std::set<std::string>& names) const {
        std::set<std::string> unused;
        for (const config::Setting& setting : config::unused_settings(configuration_)) {
            unused.insert(setting.name);
        }
        for (const std::string& name : view_.names_set()) {
            if (config::find_parameter(name) == nullptr && !unused.contains(name) && !config::split_transport_parameter(name)) {
                names.insert(name);
            }
        }
    }

    /// nullopt: no such name.
    [[nodiscard]] std::optional<std::string> unexpanded(const std::string& name) const {
        if (name == "config_directory" && options_.defaults_only) {
            return "/etc/postfix";
        }
        const config::Parameter* parameter = config::find_parameter(name);
        if (view_.is_set(name) || (parameter != nullptr && parameter->origin != config::Origin::other)) {
            return view_.raw(name);
        }
        const auto family = config::split_transport_parameter(name);
        if (!family || configuration_.transport(family->first) == nullptr) {
            return parameter != nullptr ? std::optional(view_.raw(name)) : std::nullopt;
        }
        return "$" + *config::transport_default_name(family->second);
    }

    void one(const std::string& name) {
        std::optional<std::string> value = unexpanded(name);
        if (!value) {
            output_.err += base::format("postconf: warning: {}: unknown parameter\n", name);
            return;
        }
        const config::Parameter* parameter = config::find_parameter(name);
        if (options_.expand && (parameter == nullptr || parameter->type != config::Type::raw)) {
            value = view_.expanded(*value);
        }
        output_.out += output_line(name, *value, options_);
    }

    const config::Configuration& configuration_;
    const PostconfOptions& options_;
    PostconfOutput& output_;
    const config::View& view_;
};

void fatal(PostconfOutput& output, std::string_view text) {
    output.err += base::format("postconf: fatal: {}\n", text);
    output.status = 1;
}

void edit_services(const PostconfOptions& options, PostconfOutput& output) {
    const std::string path = options.directory + "/master.cf";
    const base::Result<std::string> text = read_file(path);
    if (!text) {
        return fatal(output, text.error().text);
    }
    const base::Result<std::string> edited = edit_master_cf(*text, options);
    if (!edited) {
        return fatal(output, edited.error().text);
    }
    if (const base::Result<> written = replace_file(path, *edited); !written) {
        fatal(output, written.error().text);
    }
}

void edit(const PostconfOptions& options, PostconfOutput& output) {
    if (options.subject != Subject::parameters) {
        return edit_services(options, output);
    }
    if (options.names.empty()) {
        return fatal(output, options.action == Action::edit ? "-e requires name=value argument" : "-X and -# require the name of a parameter");
    }
    std::map<std::string, std::string> edits;
    for (const std::string& text : options.names) {
        const config::NameValue split = config::split_name_value(text);
        const bool has_value = split.error.empty();
        if (options.action == Action::edit && !has_value) {
            return fatal(output, base::format("{}: \"{}\"", split.error, text));
        }
        if (options.action != Action::edit && (has_value || text.empty())) {
            return fatal(output, base::format("a parameter name is wanted here, without a value: \"{}\"", text));
        }
        if (text.find_first_of("\r\n") != std::string::npos || split.name.starts_with('#')) {
            return fatal(output, base::format("bad name, or a line end in the value: \"{}\"", base::printable(text)));
        }
        edits.insert_or_assign(std::string(split.name), std::string(split.value));
    }
    const std::string path = options.directory + "/main.cf";
    const base::Result<std::string> text = read_file(path);
    if (!text) {
        return fatal(output, text.error().text);
    }
    const EditKind kind = options.action == Action::edit ? EditKind::set : options.action == Action::remove ? EditKind::remove : EditKind::comment_out;
    const base::Result<> written = replace_file(path, edit_main_cf(*text, edits, kind));
    if (!written) {
        fatal(output, written.error().text);
    }
}

// What nobody reads, and what reads nothing.
std::string warnings_about(const config::Configuration& configuration) {
    std::string out;
    for (const config::Setting& setting : config::undefined_names(configuration)) {
        out += base::format("postconf: warning: {}: undefined parameter: {}\n", setting.file, setting.name);
    }
    for (const auto& unused : {config::unused_settings(configuration), config::unused_overrides(configuration)}) {
        for (const config::Setting& setting : unused) {
            out += base::format("postconf: warning: {}: unused parameter: {}={}\n", setting.file, setting.name, setting.value);
        }
    }
    return out;
}

void show(const PostconfOptions& options, PostconfOutput& output) {
    const auto loaded = load_for(options);
    if (!loaded) {
        return fatal(output, loaded.error().text);
    }
    const config::Configuration& configuration = **loaded;
    for (const config::Finding& finding : configuration.findings()) {
        const bool is_error = finding.severity == config::Severity::error;
        output.err += base::format("postconf: {}: {}, line {}: {}\n", is_error ? "error" : "warning", finding.file, finding.line, finding.text);
        output.status = is_error ? 1 : output.status;
    }
    if (!options.defaults_only) {
        output.err += warnings_about(configuration);
    }
    if (options.subject != Subject::parameters) {
        return show_master(configuration, options, output);
    }
    Shower(configuration, options, output).run();
}

}  // namespace

namespace {

// postconf -m, -l, -a, -A: what this program was built with, one name a line.
std::string built_in(PostconfOptions::Action action) {
    switch (action) {
        case PostconfOptions::Action::list_table_types: {
            std::string out;
            for (const std::string_view name : tables::table_types()) {
                out.append(name) += '\n';
            }
            return out + "proxy\n";
        }
        case PostconfOptions::Action::list_lock_types: return "flock\nfcntl\ndotlock\n";
        case PostconfOptions::Action::list_sasl_servers: return "dovecot\nfile\n";
        default: return "cyrus\n";  // the name that smtp_sasl_type has by default; the mechanisms are built in
    }
}

}  // namespace

PostconfOutput run_postconf(const std::vector<std::string>& arguments, std::string_view directory) {
    PostconfOutput output;
    const bool from_environment = !directory.empty();
    base::Result<PostconfOptions> options = parse_postconf_options(arguments, from_environment ? std::string(directory) : "/etc/postfix");
    if (!options) {
        fatal(output, options.error().text);
        return output;
    }
    options->directory_given = options->directory_given || from_environment;
    if (options->action == Action::show) {
        show(*options, output);
    } else if (options->action >= Action::list_table_types) {
        output.out = built_in(options->action);
    } else {
        edit(*options, output);
    }
    return output;
}

int postconf_main(int argc, char** argv) {
    const char* directory = std::getenv("MAIL_CONFIG");
    const PostconfOutput output =
        run_postconf(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc), directory == nullptr ? "" : directory);
    std::fwrite(output.out.data(), 1, output.out.size(), stdout);
    std::fflush(stdout);
    std::fwrite(output.err.data(), 1, output.err.size(), stderr);
    return output.status;
}

}  // namespace posthouse::tools
