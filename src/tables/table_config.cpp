#include "tables/table_config.hpp"

#include "base/text.hpp"
#include "tables/logical_lines.hpp"
#include "tables/open.hpp"

namespace posthouse::tables {

base::Result<TableConfig> TableConfig::read(const std::string& path, const OpenContext& context) {
    if (!path.starts_with('/') && !path.starts_with('.')) {
        return base::fail(base::ErrorKind::invalid, path + ": settings of tables are read from a file only: give its whole path name");
    }
    const auto text = read_source(path, context.files);
    return text ? parse(*text, path, context) : std::unexpected(text.error());
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
