#include "tables/query_table.hpp"

namespace posthouse::tables {

base::Result<std::shared_ptr<const QueryRules>> read_sql_rules(const TableName& name, const TableConfig& config, const OpenContext& context) {
    std::string query = config.text("query");
    if (const std::string function = config.text("select_function"); query.empty() && name.type == "pgsql" && !function.empty()) {
        query = "SELECT " + function + "('%s')";
    }
    if (query.empty()) {
        for (const char* needed : {"select_field", "table", "where_field"}) {
            if (config.text(needed).empty()) {
                return base::fail(base::ErrorKind::invalid, config.path() + ": neither \"query\" nor \"" + needed + "\" is set");
            }
        }
        query = "SELECT " + config.text("select_field") + " FROM " + config.text("table") + " WHERE " + config.text("where_field") + "='%s' " + config.text("additional_conditions");
    }
    auto parsed = KeyTemplate::parse(std::move(query));
    if (!parsed) {
        return base::fail(parsed.error(), config.path() + ": query");
    }
    auto keys = KeyRules::from(config, context);
    if (!keys) {
        return std::unexpected(keys.error());
    }
    return std::make_shared<const QueryRules>(QueryRules{name.spec, std::move(*parsed), std::move(*keys)});
}

world::Task<Lookup> QueryTable::find(std::string key) const {
    auto preparing = rules_->keys.prepare(std::move(key), rules_->table);
    KeyRules::Key prepared = co_await std::move(preparing);
    if (prepared.decided) {
        co_return std::move(*prepared.decided);
    }
    const world::Core& core = cores_.here();
    const world::SteadyTime now = core.clock.now();
    std::move_only_function<Lookup(BlockingClient&)> work = [key = std::move(prepared.text), now](BlockingClient& client) { return client.look_up(key, now); };
    auto asking = clients_.ask(std::move(work), core.executor, core.clock, core.clock.deadline_in(lookup_patience));
    auto answer = co_await std::move(asking);
    co_return answer ? std::move(*answer) : Lookup::unknown(rules_->table + ": " + answer.error().text);
}

}  // namespace posthouse::tables
