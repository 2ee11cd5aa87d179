#include "config/main_cf.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "config/logical_lines.hpp"

namespace posthouse::config {

NameValue split_name_value(std::string_view text) {
    text = base::trim(text);
    std::size_t end = 0;
    while (end < text.size() && text[end] != '=' && !base::is_space(text[end])) {
        ++end;
    }
    if (end == 0) {
        return {.name = {}, .value = {}, .error = "missing attribute name"};
    }
    const std::string_view rest = base::trim_left(text.substr(end));
    if (rest.empty() || rest.front() != '=') {
        return {.name = text.substr(0, end), .value = {}, .error = "missing '=' after attribute name"};
    }
    return {.name = text.substr(0, end), .value = base::trim(rest.substr(1)), .error = {}};
}

MainCf MainCf::parse(std::string_view text, std::string_view file_name, Findings& findings) {
    MainCf main_cf;
    for (const LogicalLine& line : logical_lines(text, file_name, findings)) {
        const NameValue split = split_name_value(line.text);
        if (!split.error.empty()) {
            findings.add(Severity::error, line.file, line.line,
                         base::format("{}: \"{}\"", split.error, base::printable(std::string_view(line.text).substr(0, 100))));
            continue;
        }
        Setting setting{.name = std::string(split.name), .value = std::string(split.value), .file = line.file, .line = line.line};
        const auto [entry, is_new] = main_cf.settings_.try_emplace(setting.name, setting);
        if (!is_new) {
            if (entry->second.value != setting.value) {
                findings.add(Severity::warning, line.file, line.line,
                             base::format("overriding earlier entry: {}={} (of line {})", setting.name, entry->second.value, entry->second.line));
            }
            entry->second = std::move(setting);
        }
    }
    return main_cf;
}

void MainCf::set(std::string_view name, std::string_view value) {
    set(Setting{.name = std::string(name), .value = std::string(value), .file = {}, .line = 0});
}

void MainCf::set(Setting setting) {
    std::string name = setting.name;
    settings_.insert_or_assign(std::move(name), std::move(setting));
}

const Setting* MainCf::find(std::string_view name) const {
    const auto entry = settings_.find(name);
    return entry == settings_.end() ? nullptr : &entry->second;
}

}  // namespace posthouse::config
