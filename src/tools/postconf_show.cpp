#include "tools/postconf_show.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/format.hpp"
#include "config/check.hpp"
#include "config/parameter.hpp"
#include "tools/postconf_line.hpp"

namespace posthouse::tools {

namespace {

// The transports that have parameters of their own.
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
            if (!failed_ && (!options_.set_only || is_set(name) || is_unknown(name))) {
                one(name);
            }
        }
    }

private:
    // What main.cf says, and where it is if the caller said so.
    [[nodiscard]] bool is_set(const std::string& name) const { return view_.is_set(name) || (name == "config_directory" && options_.directory_given); }

    [[nodiscard]] bool is_unknown(const std::string& name) const { return !options_.names.empty() && !unexpanded(name); }

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
            std::erase_if(names, [](const std::string& name) {
                const config::Parameter* parameter = config::find_parameter(name);
                return parameter != nullptr && parameter->origin != config::Origin::other;
            });
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
            const base::Result<std::string> expanded = view_.try_expand(*value);
            if (!expanded) {
                malformed_macro(output_, view_.origin(name), name, expanded.error().text);
                failed_ = true;
                return;
            }
            value = *expanded;
        }
        output_.out += output_line(name, *value, options_);
    }

    const config::Configuration& configuration_;
    const PostconfOptions& options_;
    PostconfOutput& output_;
    const config::View& view_;
    bool failed_ = false;
};

}  // namespace

void malformed_macro(PostconfOutput& output, const config::Setting* place, std::string_view name, std::string_view why) {
    const std::string where = place == nullptr || place->file.empty() ? std::string() : base::format("{}, line {}: ", place->file, place->line);
    base::append_format(output.err, "postconf: warning: {}{}: {}\npostconf: fatal: macro processing error\n", where, name, why);
    output.status = 1;
}

void show_parameters(const config::Configuration& configuration, const PostconfOptions& options, PostconfOutput& output) {
    Shower(configuration, options, output).run();
}

}  // namespace posthouse::tools
