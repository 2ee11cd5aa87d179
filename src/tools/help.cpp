#include "tools/help.hpp"

#include <iostream>

#include "base/format.hpp"
#include "config/parameter.hpp"
#include "config/view.hpp"

namespace posthouse::tools {

namespace {

std::string_view type_text(config::Type type) {
    switch (type) {
        case config::Type::text: return "text";
        case config::Type::raw: return "text whose macros are expanded when it is used";
        case config::Type::boolean: return "yes or no";
        case config::Type::integer: return "number";
        case config::Type::time: return "time: a number and s, m, h, d or w";
        case config::Type::size: return "size in bytes";
        case config::Type::list: return "list";
        case config::Type::restrictions: return "access restriction list";
        case config::Type::tables: return "lookup tables, type:name";
        case config::Type::path: return "path";
        case config::Type::service: return "service or transport";
    }
    return "text";
}

std::string_view unit_text(config::Unit unit) {
    switch (unit) {
        case config::Unit::none: return "";
        case config::Unit::s: return "; seconds without a letter";
        case config::Unit::m: return "; minutes without a letter";
        case config::Unit::h: return "; hours without a letter";
        case config::Unit::d: return "; days without a letter";
        case config::Unit::w: return "; weeks without a letter";
    }
    return "";
}

std::string_view status_text(config::Status status) {
    switch (status) {
        case config::Status::supported: return "supported";
        case config::Status::no_effect: return "has no effect here";
        case config::Status::not_yet: return "not supported yet: setting it gives a warning";
        case config::Status::refuse_not_yet: return "not supported yet: the server does not start if it is set";
    }
    return "";
}

}  // namespace

std::string parameter_help(std::string_view name) {
    const config::Parameter* parameter = config::find_parameter(name);
    const bool own_default = parameter != nullptr && parameter->origin != config::Origin::other;
    const auto family = config::split_transport_parameter(name);
    if (family && !own_default) {
        const std::string general = *config::transport_default_name(family->second);
        return base::format("{} (default: ${})\n    {} of the transport \"{}\".\n", name, general, family->second, family->first) + parameter_help(general);
    }
    if (parameter == nullptr) {
        return {};
    }
    const std::string text = own_default ? base::format(" (default: {})", parameter->default_text.empty() ? "empty" : parameter->default_text) : std::string();
    return base::format("{}{}\n    {}\n    {}{}; {}.{}\n", name, text, parameter->sentence, type_text(parameter->type), unit_text(parameter->unit),
                        status_text(parameter->status), parameter->origin == config::Origin::own ? " Posthouse's own." : "");
}

int help_main(int argc, char** argv) {
    int status = 0;
    for (int i = 1; i < argc; ++i) {
        const std::string_view name = argv[i];
        std::string text;
        if (name.ends_with('*')) {
            for (const config::Parameter& parameter : config::all_parameters()) {
                text += parameter.name.starts_with(name.substr(0, name.size() - 1)) ? std::string(parameter.name) + '\n' : std::string();
            }
        } else {
            text = parameter_help(name);
        }
        if (text.empty()) {
            const config::Parameter* nearest = config::nearest_parameter(name);
            std::cerr << "posthouse: no parameter is called " << name << (nearest == nullptr ? "" : "; did you mean " + std::string(nearest->name) + "?") << '\n';
            status = 1;
        }
        std::cout << text;
    }
    if (argc < 2) {
        std::cerr << "usage: posthouse help PARAMETER... (\"smtpd_tls_*\" lists names)\n";
    }
    return argc < 2 ? 64 : status;
}

}  // namespace posthouse::tools
