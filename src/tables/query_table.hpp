#pragma once
// QueryTable: what sqlite:, mysql:, pgsql: and ldap: have in common: a query made of the key, asked by clients that block.
#include <memory>
#include <string>

#include "tables/blocking_clients.hpp"
#include "tables/key_rules.hpp"
#include "tables/table_name.hpp"

namespace posthouse::tables {

struct QueryRules {
    std::string table;  // for errors: "sqlite:/x.cf"
    KeyTemplate query;
    KeyRules keys;
};

/// "query", or the four settings that Postfix had before 2.2: select_field, table, where_field, additional_conditions.
[[nodiscard]] base::Result<std::shared_ptr<const QueryRules>> read_sql_rules(const TableName& name, const TableConfig& config, const OpenContext& context);

class QueryTable final : public Table {
public:
    /// `remark`: why lookups will fail, if that is known already.
    QueryTable(std::shared_ptr<const QueryRules> rules, Surroundings outside, BlockingClients::Make make, std::vector<SourceFile> sources, std::optional<std::string> remark = {})
        : rules_(std::move(rules)), clients_(rules_->table, std::move(outside), std::move(make)), sources_(std::move(sources)), remark_(std::move(remark)) {}
    world::Task<Lookup> find(std::string key) const override;
    std::string name() const override { return rules_->table; }
    std::optional<std::string> open_error() const override { return remark_; }
    std::vector<SourceFile> sources() const override { return sources_; }

private:
    std::shared_ptr<const QueryRules> rules_;
    BlockingClients clients_;
    std::vector<SourceFile> sources_;
    std::optional<std::string> remark_;
};

}  // namespace posthouse::tables
