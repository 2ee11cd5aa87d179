#pragma once
// KeyTemplate: the "query", "key_format" and "result_format" of tables with a file of settings: text with %s %u %d and their like.
// mysql_table(5), "QUERY"; the same in pgsql_table, sqlite_table, ldap_table and memcache_table.
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace posthouse::tables {

/// Makes a part of a key harmless inside a query.
using Quote = std::function<std::string(std::string_view part)>;

class KeyTemplate {
public:
    /// An error for a letter after % that means nothing.
    [[nodiscard]] static base::Result<KeyTemplate> parse(std::string text);

    /// As a query: every part is one of the key. nullopt: the key lacks a part that is asked for, or is empty: it is not in this table.
    [[nodiscard]] std::optional<std::string> expand(std::string_view key, const Quote& quote) const;
    /// As a result: %s %u %d are of the value, %S %U %D %1 to %9 of the key. nullopt: a part is missing, the value does not count.
    [[nodiscard]] std::optional<std::string> expand_result(std::string_view value, std::string_view key) const;
    /// False if no part of the key is in the text.
    [[nodiscard]] bool asks_for_key() const { return asks_for_key_; }

private:
    struct Parts;
    [[nodiscard]] std::string fill(const Parts& own, const Parts& key, const Quote& quote) const;

    std::string text_;
    bool asks_for_key_ = false;
    bool own_user_ = false, own_domain_ = false;  // %u, %d
    bool key_user_ = false, key_domain_ = false;  // %U, %D or %1 to %9
    std::size_t labels_ = 0;                      // the highest of %1 to %9
};

}  // namespace posthouse::tables
