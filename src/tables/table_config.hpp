#pragma once
// TableConfig: the settings that sqlite:, mysql:, pgsql:, ldap: and memcache: tables have: a file of "name = value" lines as in
// main.cf, without $ expansion; or main.cf itself, where "mysql:people" has people_query and so on.
#include <map>
#include <string>
#include <string_view>

#include "tables/open_context.hpp"
#include "tables/table_name.hpp"

namespace posthouse::tables {

struct NumberRange {
    std::int64_t least = 0;
    std::int64_t most = 2147483647;
};

class TableConfig {
public:
    /// Warns of settings that are given twice; of those the last counts. The error names file and line.
    [[nodiscard]] static base::Result<TableConfig> read(const TableName& name, const OpenContext& context);
    /// Files whose change makes the settings others.
    [[nodiscard]] static std::vector<SourceFile> sources(const TableName& name, const OpenContext& context);
    /// For tests, and for settings that come from elsewhere.
    [[nodiscard]] static base::Result<TableConfig> parse(std::string_view text, const std::string& path, const OpenContext& context);

    [[nodiscard]] bool has(std::string_view name) const { return settings_.contains(name); }
    [[nodiscard]] std::string text(std::string_view name, std::string_view otherwise = {}) const;
    [[nodiscard]] base::Result<std::int64_t> number(std::string_view name, std::int64_t otherwise, NumberRange range = {}) const;
    /// "yes" or "no".
    [[nodiscard]] base::Result<bool> truth(std::string_view name, std::string_view otherwise) const;
    /// Where they stand, for errors: the file, or the table if that is main.cf.
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
    [[nodiscard]] static TableConfig of_main_cf(const TableName& name, const OpenContext& context);
    std::map<std::string, std::string, std::less<>> settings_;
};

}  // namespace posthouse::tables
