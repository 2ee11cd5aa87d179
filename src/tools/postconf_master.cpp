#include "tools/postconf_master.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "tools/master_fields.hpp"
#include "tools/postconf_line.hpp"
#include "tools/postconf_row.hpp"
#include "tools/postconf_show.hpp"

#include <algorithm>
#include <map>

namespace posthouse::tools {

namespace {

using Subject = PostconfOptions::Subject;

bool fits(std::string_view pattern, std::string_view text) { return pattern.empty() || pattern == "*" || pattern == text; }

struct Request {
    std::string_view service;
    std::string_view type;
    std::string_view name;
};

// -x: the values of -o; what a pipe(8) command refers to has a value only when there is a message.
std::string expanded(const std::string& text, const config::Service& service, const config::View& view, PostconfOutput& output) {
    base::Result<std::string> value = view.try_expand(text);
    if (!value) {
        const config::Setting row{.name = {}, .value = {}, .file = service.file, .line = service.line};
        malformed_macro(output, &row, service.name, value.error().text);
    }
    return value.value_or(text);
}

config::Service expanded(config::Service service, const config::View& view, PostconfOutput& output) {
    for (std::size_t i = 0; i + 1 < service.words.size(); ++i) {
        if (service.words[i] == "-o") {
            service.words[i + 1] = expanded(service.words[i + 1], service, view, output);
        }
    }
    return service;
}

bool show_service(const config::Configuration& configuration, const config::Service& service, const Request& request,
                  const PostconfOptions& options, PostconfOutput& output) {
    const std::string prefix = base::format("{}/{}/", service.name, to_text(service.type));
    bool shown = false;
    const config::View view = configuration.view(service);
    const RowForm form = options.fold ? RowForm::folded : RowForm::one_line;
    if (options.subject == Subject::service_rows) {
        output.out += row_text(options.expand ? expanded(service, view, output) : service, form);
        return true;
    }
    if (options.subject == Subject::service_fields) {
        for (std::size_t i = 0; i < master_fields.size(); ++i) {
            if (!fits(request.name, master_fields[i])) {
                continue;
            }
            const std::string name = prefix + std::string(master_fields[i]);
            const bool is_command = master_fields[i] == "command" && !options.hide_value;
            output.out += is_command ? command_text(options.hide_name ? "" : name + " = ", options.expand ? expanded(service, view, output) : service, form)
                                     : output_line(name, service.columns[i], options);
            shown = true;
        }
        return shown;
    }
    std::map<std::string, std::string> parameters;
    for (const config::Setting& setting : service.overrides) {
        parameters.insert_or_assign(setting.name, options.expand ? expanded(setting.value, service, view, output) : setting.value);
    }
    for (const auto& [name, value] : parameters) {
        if (fits(request.name, name)) {
            output.out += output_line(prefix + name, value, options);
            shown = true;
        }
    }
    return shown;
}

base::Result<Request> parse_request(const std::string& text, Subject subject) {
    const std::vector<std::string_view> parts = base::split_fields(text, '/');
    const std::size_t parts_max = subject == Subject::service_rows ? 2 : 3;
    if (parts.size() > parts_max || std::any_of(parts.begin(), parts.end(), [](std::string_view part) { return part.empty(); })) {
        switch (subject) {
            case Subject::service_fields: return base::fail(base::ErrorKind::invalid, "-F option requires service_name[/type[/field]]");
            case Subject::service_parameters: return base::fail(base::ErrorKind::invalid, "-P option requires service_name[/type[/parameter]]");
            case Subject::service_rows:
            case Subject::parameters: return base::fail(base::ErrorKind::invalid, "-M option requires service_name[/type]");
        }
    }
    Request request{.service = parts[0], .type = parts.size() > 1 ? parts[1] : "", .name = parts.size() > 2 ? parts[2] : ""};
    if (subject == Subject::service_fields && !request.name.empty() && request.name != "*" &&
        std::find(master_fields.begin(), master_fields.end(), request.name) == master_fields.end()) {
        return base::fail(base::ErrorKind::invalid, base::format("invalid service attribute name: \"{}\"", base::printable(request.name)));
    }
    return request;
}

}  // namespace

void show_master(const config::Configuration& configuration, const PostconfOptions& options, PostconfOutput& output) {
    const std::vector<std::string> texts = options.names.empty() ? std::vector<std::string>{"*"} : options.names;
    struct Asked {
        Request request;
        bool shown = false;
    };
    std::vector<Asked> asked;
    for (const std::string& text : texts) {
        const base::Result<Request> request = parse_request(text, options.subject);
        if (!request) {
            output.err += base::format("postconf: fatal: {}\n", request.error().text);
            output.status = 1;
            return;
        }
        asked.push_back({*request});
    }
    for (const config::Service& service : configuration.services()) {
        for (Asked& one : asked) {
            if (fits(one.request.service, service.name) && fits(one.request.type, to_text(service.type))) {
                one.shown = show_service(configuration, service, one.request, options, output) || one.shown;
            }
        }
    }
    for (std::size_t i = 0; i < asked.size(); ++i) {
        if (!asked[i].shown && !options.names.empty()) {
            output.err += base::format("postconf: warning: unmatched request: \"{}\"\n", texts[i]);
        }
    }
}

}  // namespace posthouse::tools
