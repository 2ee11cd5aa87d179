#include "tools/postconf_master.hpp"

#include "base/format.hpp"
#include "base/text.hpp"

#include <array>
#include <map>

namespace posthouse::tools {

namespace {

using Subject = PostconfOptions::Subject;

constexpr std::array<std::string_view, 8> field_names{"service", "type", "private", "unprivileged", "chroot", "wakeup", "process_limit", "command"};
constexpr std::array<std::size_t, 8> column_starts{0, 11, 17, 25, 33, 41, 49, 57};
constexpr std::size_t line_length = 80;

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

std::string row_text(const config::Service& service, bool fold) {
    std::string line;
    for (std::size_t i = 0; i < service.columns.size(); ++i) {
        if (i > 0) {
            line += ' ';
            line.append(line.size() < column_starts[i] ? column_starts[i] - line.size() : 0, ' ');
        }
        line += service.columns[i];
    }
    std::size_t line_start = 0;
    for (std::size_t i = 0; i < service.words.size(); ++i) {
        std::string word = service.words[i];
        if (word == "-o" && i + 1 < service.words.size()) {
            word += " " + service.words[++i];
        }
        const bool too_long = line.size() - line_start + 1 + word.size() > line_length;
        if (fold && (word.starts_with("-o") || too_long)) {
            line += "\n    ";
            line_start = line.size() - 4;
        } else {
            line += ' ';
        }
        line += word;
    }
    return line + "\n";
}

void append(PostconfOutput& output, const PostconfOptions& options, std::string_view name, std::string_view value) {
    if (options.hide_value) {
        output.out += base::format("{}\n", name);
    } else if (options.hide_name) {
        output.out += base::format("{}\n", value);
    } else {
        output.out += base::format("{} = {}\n", name, value);
    }
}

bool show_service(const config::Configuration& configuration, const config::Service& service, const Request& request,
                  const PostconfOptions& options, PostconfOutput& output) {
    const std::string prefix = base::format("{}/{}/", service.name, to_text(service.type));
    bool shown = false;
    if (options.subject == Subject::service_rows) {
        output.out += row_text(service, options.fold);
        return true;
    }
    if (options.subject == Subject::service_fields) {
        for (std::size_t i = 0; i < field_names.size(); ++i) {
            if (fits(request.name, field_names[i])) {
                std::string value = service.columns[i];
                if (field_names[i] == "command") {
                    for (const std::string& word : service.words) {
                        value += " " + word;
                    }
                }
                append(output, options, prefix + std::string(field_names[i]), value);
                shown = true;
            }
        }
        return shown;
    }
    std::map<std::string, std::string> parameters;
    const config::View view = configuration.view(service);
    for (const config::Setting& setting : service.overrides) {
        parameters.insert_or_assign(setting.name, options.expand ? view.expanded(setting.value) : setting.value);
    }
    for (const auto& [name, value] : parameters) {
        if (fits(request.name, name)) {
            append(output, options, prefix + name, value);
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
