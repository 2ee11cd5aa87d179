#include "config/view.hpp"

#include "base/assert.hpp"
#include "base/format.hpp"
#include "base/text.hpp"
#include "config/expansion.hpp"
#include "config/parameter.hpp"
#include "config/value.hpp"

#include <algorithm>
#include <unordered_map>

namespace posthouse::config {

namespace {

struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

using Values = std::unordered_map<std::string, std::string, Hash, std::equal_to<>>;

}  // namespace

struct View::Data {
    MainCf settings;   // main.cf with the overrides on top
    Values computed;   // defaults that depend on the machine or the service
    Values expanded;   // every name of the table and every name set

    [[nodiscard]] std::optional<std::string> default_of(std::string_view name) const {
        if (const auto found = computed.find(name); found != computed.end()) {
            return found->second;
        }
        const Parameter* parameter = find_parameter(name);
        if (parameter == nullptr) {
            return std::nullopt;
        }
        return std::string(parameter->default_text);
    }
    [[nodiscard]] std::optional<std::string> lookup(std::string_view name) const {
        if (const Setting* setting = settings.find(name)) {
            return setting->value;
        }
        return default_of(name);
    }
    [[nodiscard]] Expansion expand_here(std::string_view text) const {
        return expand(text, [this](std::string_view name) { return lookup(name); });
    }
    [[nodiscard]] std::string value_of(std::string_view name) const {
        const Parameter* parameter = find_parameter(name);
        std::string unexpanded = lookup(name).value_or("");
        if (parameter != nullptr && parameter->type == Type::raw) {
            return unexpanded;
        }
        if (unexpanded.find('$') == std::string::npos) {
            return std::string(base::trim(unexpanded));  // nearly all of a thousand parameters
        }
        return std::string(base::trim(expand_here(unexpanded).text));
    }

    void compute_names(const SystemFacts& facts) {
        // $mydomain inside myhostname means the last resort while the host name is being found out.
        const bool qualified = facts.hostname.find('.') != std::string::npos;
        computed["mydomain"] = "localdomain";
        const std::string domain = qualified ? "" : "." + value_of("mydomain");
        computed["myhostname"] = facts.hostname + domain;
        const std::string host = value_of("myhostname");
        const std::size_t dot = host.find('.');
        computed["mydomain"] = dot == std::string::npos || dot + 1 == host.size() ? "localdomain" : host.substr(dot + 1);
    }

    void compute(const ViewSource& source) {
        computed["config_directory"] = source.directory;
        computed["service_name"] = source.service_name;
        computed["process_name"] = source.process_name;
        computed["process_id"] = std::to_string(source.facts.process_id);
        compute_names(source.facts);
        computed["mynetworks"] = "";
        computed["mynetworks"] = default_mynetworks(value_of("mynetworks_style"), parse_list(value_of("inet_interfaces")),
                                                    parse_list(value_of("inet_protocols")), source.facts);
    }
};

View::View() : View(ViewSource{}) {}

View::View(ViewSource source) {
    auto data = std::make_shared<Data>();
    data->settings = source.main_cf;
    for (const Setting& setting : source.overrides) {
        data->settings.set(setting);
    }
    data->compute(source);
    data->expanded.reserve(all_parameters().size() + data->settings.settings().size());
    for (const Parameter& parameter : all_parameters()) {
        data->expanded.emplace(parameter.name, data->value_of(parameter.name));
    }
    for (const auto& [name, setting] : data->settings.settings()) {
        if (!data->expanded.contains(name)) {
            data->expanded.emplace(name, data->value_of(name));
        }
    }
    data_ = std::move(data);
}

View View::of(std::string_view main_cf_text, std::string_view hostname) {
    Findings ignored;
    ViewSource source;
    source.main_cf = MainCf::parse(main_cf_text, "main.cf", ignored);
    source.facts.hostname = std::string(hostname);
    return View(std::move(source));
}

std::optional<std::string> View::value(std::string_view name) const {
    const auto found = data_->expanded.find(name);
    return found == data_->expanded.end() ? std::nullopt : std::optional(found->second);
}

std::string View::text(std::string_view name) const {
    const auto found = data_->expanded.find(name);
    PH_ASSERT(found != data_->expanded.end());  // a name our code made up: give it a row in parameters.def
    return found->second;
}

std::string View::raw(std::string_view name) const { return data_->lookup(name).value_or(""); }

bool View::is_set(std::string_view name) const { return data_->settings.find(name) != nullptr; }

const Setting* View::origin(std::string_view name) const { return data_->settings.find(name); }

std::string View::default_text(std::string_view name) const {
    const Parameter* parameter = find_parameter(name);
    const std::string unexpanded = data_->default_of(name).value_or("");
    return parameter != nullptr && parameter->type == Type::raw ? unexpanded
                                                                : std::string(base::trim(data_->expand_here(unexpanded).text));
}

bool View::boolean(std::string_view name) const {
    const std::optional<bool> value = parse_boolean(text(name));
    return value ? *value : parse_boolean(default_text(name)).value_or(false);
}

std::int64_t View::integer(std::string_view name) const {
    const std::optional<std::int64_t> value = parse_integer(text(name));
    return value ? *value : parse_integer(default_text(name)).value_or(0);
}

std::chrono::seconds View::time(std::string_view name) const {
    const Parameter* parameter = find_parameter(name);
    const Unit unit = parameter == nullptr ? Unit::s : parameter->unit;
    const std::optional<std::chrono::seconds> value = parse_time(text(name), unit);
    return value ? *value : parse_time(default_text(name), unit).value_or(std::chrono::seconds(0));
}

base::Bytes View::size(std::string_view name) const {
    const std::optional<base::Bytes> value = parse_size(text(name));
    return value ? *value : parse_size(default_text(name)).value_or(base::Bytes{});
}

std::vector<std::string> View::list(std::string_view name) const { return parse_list(text(name)); }

std::string View::expanded(std::string_view text) const { return data_->expand_here(text).text; }

base::Result<std::string> View::try_expand(std::string_view text) const {
    Expansion expansion = data_->expand_here(text);
    return expansion.error ? base::Result<std::string>(base::fail(base::ErrorKind::invalid, *expansion.error)) : std::move(expansion.text);
}

std::vector<std::string> View::names_set() const {
    std::vector<std::string> names;
    for (const auto& [name, setting] : data_->settings.settings()) {
        names.push_back(name);
    }
    return names;
}

Findings View::check_value(std::string_view name) const {
    Findings findings;
    const Setting* setting = origin(name);
    const auto family = split_transport_parameter(name);
    const Parameter* own = find_parameter(name);
    const Parameter* parameter = own == nullptr && family ? find_parameter(transport_default_name(family->second).value_or("")) : own;
    if (setting == nullptr || (parameter != nullptr && parameter->type == Type::raw)) {
        return findings;
    }
    const Expansion expansion = data_->expand_here(setting->value);
    if (expansion.error) {
        findings.add(Severity::error, setting->file, setting->line, base::format("{}: {}", name, *expansion.error));
        return findings;
    }
    for (const std::string& undefined : expansion.undefined) {
        findings.add(Severity::warning, setting->file, setting->line, base::format("{}: undefined parameter: {}", name, undefined));
    }
    if (parameter != nullptr) {
        if (const std::optional<std::string> problem = value_problem(*parameter, name, base::trim(expansion.text))) {
            findings.add(Severity::error, setting->file, setting->line, *problem);
        }
    }
    return findings;
}

Findings View::check_values() const {
    Findings findings;
    for (const auto& [name, setting] : data_->settings.settings()) {
        findings.append(check_value(name));
    }
    return findings;
}

}  // namespace posthouse::config
