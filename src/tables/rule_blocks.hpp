#pragma once
// Rules in order, some of them inside if ... endif: what cidr, regexp and pcre tables have in common.
#include <cstddef>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "tables/inline.hpp"
#include "tables/logical_lines.hpp"
#include "tables/open.hpp"

namespace posthouse::tables {

enum class RuleKind { rule, condition, end };

struct RuleBase {
    RuleKind kind = RuleKind::rule;
    bool negated = false;
    std::size_t line = 0;
    std::size_t block_end = 0;  // of a condition: index of its endif
};

/// Finds the endif of every if. An endif without an if is dropped; an if without endif reaches to the end of the table.
template <class Rule, class WarnAt>
void link_blocks(std::vector<Rule>& rules, WarnAt warn_at) {
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < rules.size(); ++i) {
        if (rules[i].kind == RuleKind::condition) {
            open.push_back(i);
        } else if (rules[i].kind == RuleKind::end) {
            if (open.empty()) {
                warn_at(rules[i].line, "ignoring ENDIF without matching IF");
            } else {
                rules[open.back()].block_end = i;
                open.pop_back();
            }
        }
    }
    for (const std::size_t i : open) {
        warn_at(rules[i].line, "IF has no matching ENDIF");
        rules[i].block_end = rules.size();
    }
}

/// Calls accept(line) for each logical line of a rule file, or of "{ {rule}, {rule} }" in place of a file name.
template <class Accept>
base::Result<std::vector<SourceFile>> read_rules(const std::string& path, world::Files& files, Accept accept) {
    if (path.starts_with('{')) {
        const auto rules = split_brace_list(path);
        if (!rules) {
            return base::fail(base::ErrorKind::invalid, rules.error());
        }
        for (std::size_t i = 0; i < rules->size(); ++i) {
            accept(LogicalLine{std::string(base::trim((*rules)[i])), i + 1});
        }
        return std::vector<SourceFile>{};
    }
    std::vector<SourceFile> sources{source_file(path, files)};
    const auto text = read_source(path, files);
    if (!text) {
        return std::unexpected(text.error());
    }
    LogicalLines lines(*text);
    while (auto line = lines.next()) {
        accept(std::move(*line));
    }
    return sources;
}

}  // namespace posthouse::tables
