#include "tables/map_list.hpp"

#include "base/text.hpp"
#include "tables/open.hpp"

namespace posthouse::tables {

MapList MapList::open(std::string_view parameter, const OpenContext& context) {
    std::vector<std::shared_ptr<const Table>> tables;
    for (const std::string_view spec : base::split_braced(parameter)) {
        tables.push_back(open_table(spec, context));
    }
    return MapList(std::move(tables), context.failed);
}

world::Task<Lookup> MapList::find(std::string key, KeyScope scope) const {
    for (const auto& table : tables_) {
        if (scope == KeyScope::part && table->is_pattern()) {
            continue;
        }
        Lookup answer = co_await table->find(key);
        if (answer.is_absent()) {
            continue;
        }
        answer.table = table->name();
        if (answer.is_found() && answer.value.empty()) {
            answer = Lookup::unknown(answer.table + " lookup of " + key + " returns an empty string result; it should say nothing for what it does not know");
            answer.table = table->name();
        }
        if (answer.is_unknown()) {
            tell_failure(answer.table, key, answer.reason);
        }
        co_return answer;
    }
    co_return Lookup::absent();
}

}  // namespace posthouse::tables
