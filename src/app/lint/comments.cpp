// "# …" behind a value: neither main.cf nor master.cf has comments at the end of a line. Lists are config/check.cpp's.
#include <algorithm>

#include "app/lint/lint.hpp"
#include "base/format.hpp"
#include "base/text.hpp"
#include "config/parameter.hpp"

namespace posthouse::app::lint {

namespace {

// Texts for people may well say "#1".
bool is_prose(std::string_view name) {
    return name.ends_with("_banner") || name.ends_with("_footer") || name.ends_with("_reason") || name.ends_with("_reply") || name.ends_with("_filter") || name.ends_with("_command") ||
           name == "mail_name";
}

void one_setting(const Setting& setting, Report& report) {
    const config::Parameter* parameter = config::find_parameter(setting.name);
    if (parameter == nullptr || parameter->type == config::Type::raw || parameter->type == config::Type::list || parameter->type == config::Type::restrictions ||
        parameter->type == config::Type::tables || is_prose(setting.name)) {
        return;
    }
    const std::size_t begin = setting.value.find(" #");
    if (begin != std::string::npos || setting.value.starts_with('#')) {
        const std::string_view value = base::trim(std::string_view(setting.value).substr(0, begin == std::string::npos ? 0 : begin));
        report.at(Severity::error, setting,
                  base::format("{}: the words after # are part of the value, main.cf has no comments at the end of a line; write \"{} = {}\" and the comment on a line of its own",
                               setting.name, setting.name, base::printable(value)));
    }
}

}  // namespace

void comments(const Subject& subject, Report& report) {
    for (const Setting* setting : all_settings(subject.configuration)) {
        one_setting(*setting, report);
    }
    for (const Service& row : subject.configuration.services()) {
        const bool takes_any_words = row.command == "pipe" || row.command == "spawn";
        if (!takes_any_words && std::any_of(row.arguments.begin(), row.arguments.end(), [](const std::string& word) { return word.starts_with('#'); })) {
            report.at(Severity::error, row, base::format("service \"{}\": the words after # are arguments of {}, master.cf has no comments at the end of a line; Postfix would not run it", row.name, row.command));
        }
    }
}

}  // namespace posthouse::app::lint
