#pragma once
// PatternTable: the first matching rule decides. The two pattern languages (regexp, pcre) plug in their compilers.
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tables/open_context.hpp"
#include "tables/table_name.hpp"

namespace posthouse::tables {

/// Captured groups as views of the subject; [0] is the whole match. An unset group is empty.
using Groups = std::vector<std::string_view>;

class Pattern {
public:
    virtual ~Pattern() = default;
    /// True on a match, with `groups` filled if they were asked for at compile time. The error says why there is no answer.
    [[nodiscard]] virtual std::expected<bool, std::string> match(const std::string& subject, Groups& groups) const = 0;
    [[nodiscard]] virtual std::size_t group_count() const = 0;
};

struct PatternSource {
    std::string_view text;
    std::string_view flags;
    std::size_t groups_needed = 0;
};
using CompilePattern = std::expected<std::unique_ptr<Pattern>, std::string> (*)(const PatternSource&);

[[nodiscard]] std::shared_ptr<const Table> open_pattern_table(const TableName& name, const OpenContext& context, CompilePattern compile);

}  // namespace posthouse::tables
