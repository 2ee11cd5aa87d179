#pragma once
// QueryTable: what sqlite:, mysql:, pgsql: and ldap: have in common: a query made of the key, asked by clients that block.
#include <memory>
#include <string>

#include "tables/key_rules.hpp"
#include "tables/surroundings.hpp"
#include "tables/table_name.hpp"
#include "world/blocking_line.hpp"

namespace posthouse::tables {

struct QueryRules {
    std::string table;  // for errors: "sqlite:/x.cf"
    KeyTemplate query;
    KeyRules keys;
};

/// "query", or what Postfix had before 2.2: select_field, table, where_field, additional_conditions; select_function of pgsql.
[[nodiscard]] base::Result<std::shared_ptr<const QueryRules>> read_sql_rules(const TableName& name, const TableConfig& config, const OpenContext& context);

/// One connection to a database, through a client library that blocks.
class BlockingClient {
public:
    virtual ~BlockingClient() = default;
    /// On any thread, one call at a time. `now` is when the lookup was asked for.
    virtual Lookup look_up(const std::string& key, world::SteadyTime now) = 0;
};
using BlockingClients = world::BlockingLine<BlockingClient>;

class QueryTable final : public Table {
public:
    /// `outside` is complete. `remark`: why lookups will fail, if that is known already.
    QueryTable(std::shared_ptr<const QueryRules> rules, Surroundings outside, BlockingClients::Make make, std::vector<SourceFile> sources, std::optional<std::string> remark = {})
        : rules_(std::move(rules)), cores_(*outside.cores), clients_(*outside.pool, {}, std::move(make)), sources_(std::move(sources)), remark_(std::move(remark)) {}
    world::Task<Lookup> find(std::string key) const override;
    std::string name() const override { return rules_->table; }
    std::optional<std::string> open_error() const override { return remark_; }
    std::vector<SourceFile> sources() const override { return sources_; }

private:
    std::shared_ptr<const QueryRules> rules_;
    world::Cores& cores_;
    BlockingClients clients_;
    std::vector<SourceFile> sources_;
    std::optional<std::string> remark_;
};

}  // namespace posthouse::tables
