#include "tables/table_config.hpp"

#include "base/text.hpp"
#include "config/table_attributes.hpp"
#include "tables/logical_lines.hpp"
#include "tables/open.hpp"

namespace posthouse::tables {

base::Result<TableConfig> TableConfig::read(const TableName& name, const OpenContext& context) {
    if (config::names_main_cf(name.path)) {
        if (!context.main_cf) {
            return base::fail(base::ErrorKind::invalid, name.spec + ": there is no main.cf here that has its settings; give the path name of a file");
        }
        return of_main_cf(name, context);
    }
    const auto text = read_source(name.path, context.files);
    return text ? parse(*text, name.path, context) : std::unexpected(text.error());
}

std::vector<SourceFile> TableConfig::sources(const TableName& name, const OpenContext& context) {
    return config::names_main_cf(name.path) ? std::vector<SourceFile>{} : std::vector{source_file(name.path, context.files)};
}

TableConfig TableConfig::of_main_cf(const TableName& name, const OpenContext& context) {
    TableConfig config;
    config.path_ = name.spec + " (settings " + name.path + "_... in main.cf)";
    for (const std::string_view attribute : config::table_attributes(name.type)) {
        if (auto value = context.main_cf(name.path + '_' + std::string(attribute))) {
            config.settings_.emplace(attribute, std::move(*value));
        }
    }
    return config;
}

base::Result<TableConfig> TableConfig::parse(std::string_view text, const std::string& path, const OpenContext& context) {
    TableConfig config;
    config.path_ = path;
    LogicalLines lines(text);
    while (const auto line = lines.next()) {
        const auto parts = base::split_once(line->text, '=');
        const std::string name(parts ? base::trim(parts->first) : std::string_view());
        if (base::is_space(line->text.front()) || name.empty() || name.find_first_of(" \t") != std::string::npos) {
            return base::fail(base::ErrorKind::invalid, at_line(path, line->line, "expecting \"name = value\" instead of \"" + line->text.substr(0, 60) + '"'));
        }
        if (!config.settings_.insert_or_assign(name, std::string(base::trim(parts->second))).second) {
            context.warning(at_line(path, line->line, "overriding earlier entry: " + name));
        }
    }
    return config;
}

std::string TableConfig::text(std::string_view name, std::string_view otherwise) const {
    const auto found = settings_.find(name);
    return found == settings_.end() ? std::string(otherwise) : found->second;
}

base::Result<std::int64_t> TableConfig::number(std::string_view name, std::int64_t otherwise, NumberRange range) const {
    const auto found = settings_.find(name);
    if (found == settings_.end()) {
        return otherwise;
    }
    const auto value = base::parse_number(found->second);
    if (!value || *value > static_cast<std::uint64_t>(range.most) || static_cast<std::int64_t>(*value) < range.least) {
        return base::fail(base::ErrorKind::invalid, path_ + ": bad numerical configuration: " + found->first + " = " + found->second);
    }
    return static_cast<std::int64_t>(*value);
}

base::Result<bool> TableConfig::truth(std::string_view name, std::string_view otherwise) const {
    const std::string value = text(name, otherwise);
    if (!base::iequals(value, "yes") && !base::iequals(value, "no")) {
        return base::fail(base::ErrorKind::invalid, path_ + ": bad boolean configuration: " + std::string(name) + " = " + value);
    }
    return base::iequals(value, "yes");
}

}  // namespace posthouse::tables
