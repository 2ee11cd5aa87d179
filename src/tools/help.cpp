#include "tools/help.hpp"

#include <iostream>

#include "base/format.hpp"
#include "config/view.hpp"
#include "tools/manual.hpp"
#include "tools/parameter_words.hpp"

namespace posthouse::tools {

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
    if (argc == 3 && std::string_view(argv[1]).starts_with("--man")) {
        return manual_main(argv[1], argv[2]);
    }
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
        std::cerr << "usage: posthouse help PARAMETER... (\"smtpd_tls_*\" lists names)\n       posthouse help --man PAGE | posthouse help --man-pages FOLDER\n";
    }
    return argc < 2 ? 64 : status;
}

}  // namespace posthouse::tools
