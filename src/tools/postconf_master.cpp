#include "tools/postconf_master.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "tools/master_fields.hpp"
#include "tools/postconf_line.hpp"
#include "tools/postconf_master_edit.hpp"

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

Request parse_request(std::string_view text) {
    const std::vector<std::string_view> parts = base::split_fields(text, '/');
    Request request{.service = parts[0], .type = {}, .name = {}};
    if (parts.size() > 1) {
        request.type = parts[1];
    }
    if (parts.size() > 2) {
        request.name = parts[2];
    }
    return request;
}

// -x: the values of -o; what a pipe(8) command refers to has a value only when there is a message.
config::Service expanded(config::Service service, const config::View& view) {
    for (std::size_t i = 0; i + 1 < service.words.size(); ++i) {
        if (service.words[i] == "-o") {
            service.words[i + 1] = view.expanded(service.words[i + 1]);
        }
    }
    return service;
}

bool show_service(const config::Configuration& configuration, const config::Service& service, const Request& request,
                  const PostconfOptions& options, PostconfOutput& output) {
    const std::string prefix = base::format("{}/{}/", service.name, to_text(service.type));
    bool shown = false;
    const config::View view = configuration.view(service);
    if (options.subject == Subject::service_rows) {
        output.out += row_text(options.expand ? expanded(service, view) : service, options.fold ? RowForm::folded : RowForm::one_line);
        return true;
    }
    if (options.subject == Subject::service_fields) {
        for (std::size_t i = 0; i < master_fields.size(); ++i) {
            if (fits(request.name, master_fields[i])) {
                std::string value = service.columns[i];
                if (master_fields[i] == "command") {
                    for (const std::string& word : shown_words(service)) {
                        value += " " + word;
                    }
                }
                output.out += output_line(prefix + std::string(master_fields[i]), value, options);
                shown = true;
            }
        }
        return shown;
    }
    std::map<std::string, std::string> parameters;
    for (const config::Setting& setting : service.overrides) {
        parameters.insert_or_assign(setting.name, options.expand ? view.expanded(setting.value) : setting.value);
    }
    for (const auto& [name, value] : parameters) {
        if (fits(request.name, name)) {
            output.out += output_line(prefix + name, value, options);
            shown = true;
        }
    }
    return shown;
}

}  // namespace

void show_master(const config::Configuration& configuration, const PostconfOptions& options, PostconfOutput& output) {
    const std::vector<std::string> requests = options.names.empty() ? std::vector<std::string>{"*"} : options.names;
    for (const std::string& text : requests) {
        const Request request = parse_request(text);
        bool shown = false;
        for (const config::Service& service : configuration.services()) {
            if (fits(request.service, service.name) && fits(request.type, to_text(service.type))) {
                shown = show_service(configuration, service, request, options, output) || shown;
            }
        }
        if (!shown && !options.names.empty()) {
            output.err += base::format("postconf: warning: unmatched request: \"{}\"\n", text);
        }
    }
}

}  // namespace posthouse::tools
