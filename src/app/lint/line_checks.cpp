// header_checks(5): tables that match nothing, actions that nobody performs, and traces of hops that are removed.
#include <algorithm>
#include <array>

#include "app/lint/lint.hpp"
#include "base/format.hpp"
#include "base/text.hpp"
#include "checks/action.hpp"
#include "tables/pattern_rule.hpp"

namespace posthouse::app::lint {

namespace {

constexpr std::array lists{"header_checks",      "mime_header_checks",      "nested_header_checks",      "body_checks",      "milter_header_checks",
                           "smtp_header_checks", "smtp_mime_header_checks", "smtp_nested_header_checks", "smtp_body_checks", "lmtp_header_checks",
                           "lmtp_mime_header_checks", "lmtp_nested_header_checks", "lmtp_body_checks"};
constexpr std::array indexed{"hash", "btree", "lmdb", "cdb", "dbm", "sdbm", "texthash"};
constexpr std::uint64_t size_max = 4U << 20U;  // ours: a look at a configuration is no time to read a data set

// Where mail goes is decided by then.
bool is_of_client(std::string_view list) { return list.starts_with("smtp_") || list.starts_with("lmtp_"); }

bool removes_received(const tables::PatternRule& rule, const checks::Action& action) {
    const bool removes = action.kind == checks::Action::Kind::ignore || action.kind == checks::Action::Kind::strip;
    const std::string_view pattern = std::string_view(rule.pattern).substr(rule.pattern.find_first_not_of("^(") == std::string::npos ? 0 : rule.pattern.find_first_not_of("^("));
    return removes && !rule.negated && base::istarts_with(pattern, "received");
}

void look_at_rule(const Setting& setting, const NamedTable& table, const tables::LogicalLine& line, Report& report) {
    const auto rule = tables::parse_pattern_rule(line.text);
    if (!rule || rule->kind != tables::RuleKind::rule) {
        return;  // opening the table warns
    }
    const std::string value = rule->result.expand([](std::size_t) { return std::string("x"); });
    const checks::Action action = checks::parse_action(value);
    const std::string place = base::format("{}: {}:{} line {}", setting.name, table.type, table.name, line.line);
    const std::string word = value.substr(0, value.find_first_of(" \t"));
    if (action.kind == checks::Action::Kind::unknown) {
        report.at(Severity::warning, setting, base::format("{}: {} is no action and is skipped; see header_checks(5)", place, base::printable(word)));
    } else if (is_of_client(setting.name) && checks::is_about_message(action.kind)) {
        report.at(Severity::warning, setting, base::format("{}: {} is skipped when mail goes out, only IGNORE, STRIP, REPLACE, PREPEND, INFO and WARN work there; write it into {}", place, word,
                                                           setting.name.substr(setting.name.find('_') + 1)));
    } else if (removes_received(*rule, action)) {
        report.at(Severity::note, setting, base::format("{}: removes Received fields, this server's own among them where the pattern matches it (the name in it is what the client said): hops do not "
                                                        "count any more, and a mail loop ends later or never",
                                                        place));
    }
}

void look_at_table(const Setting& setting, const NamedTable& table, const Subject& subject, Report& report) {
    if (std::find(indexed.begin(), indexed.end(), table.type) != indexed.end()) {
        report.at(Severity::warning, setting, base::format("{}: {}:{} matches only lines that are a key from the first to the last letter, so hardly ever one; write patterns into a regexp: or pcre: table",
                                                           setting.name, table.type, table.name));
        return;
    }
    if ((table.type != "regexp" && table.type != "pcre") || !table.name.starts_with('/')) {
        return;
    }
    const auto info = subject.files.info(table.name);
    if (!info || info->is_directory || info->size > size_max) {
        return;
    }
    const auto text = subject.files.read(table.name);
    tables::LogicalLines lines(text ? std::string_view(*text) : std::string_view());
    while (const auto line = lines.next()) {
        look_at_rule(setting, table, *line, report);
    }
}

}  // namespace

void line_checks(const Subject& subject, Report& report) {
    for (const Setting* setting : all_settings(subject.configuration)) {
        if (std::find(lists.begin(), lists.end(), setting->name) == lists.end()) {
            continue;
        }
        for (const NamedTable& table : tables_in(setting->value)) {
            look_at_table(*setting, table, subject, report);
        }
    }
}

}  // namespace posthouse::app::lint
