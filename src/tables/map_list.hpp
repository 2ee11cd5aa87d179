#pragma once
// MapList: the value of a "maps" parameter, asked in order. postconf(5), "type:table".
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tables/open_context.hpp"
#include "tables/table.hpp"

namespace posthouse::tables {

/// Whether a key is all there is (every table is asked) or a part of an address, which pattern tables never see.
enum class KeyScope { whole, part };

class MapList {
public:
    MapList() = default;
    explicit MapList(std::vector<std::shared_ptr<const Table>> tables, LookupFailed failed = {}) : tables_(std::move(tables)), failed_(std::move(failed)) {}
    /// "hash:/a, inline:{a=b}"; tables that do not open are in the list and answer `unknown`.
    [[nodiscard]] static MapList open(std::string_view parameter, const OpenContext& context);

    /// The first table that knows the key wins; an unknown or an empty value ends the search as unknown. Lookup::table
    /// says who answered. The list must live until the task ends.
    [[nodiscard]] world::Task<Lookup> find(std::string key, KeyScope scope = KeyScope::whole) const;

    /// For those who ask the tables themselves.
    void tell_failure(const std::string& table, const std::string& key, const std::string& reason) const {
        if (failed_) {
            failed_(table, key, reason);
        }
    }

    [[nodiscard]] bool empty() const { return tables_.empty(); }
    [[nodiscard]] const std::vector<std::shared_ptr<const Table>>& tables() const { return tables_; }

private:
    std::vector<std::shared_ptr<const Table>> tables_;
    LookupFailed failed_;
};

}  // namespace posthouse::tables
