#pragma once
// One rule of a regexp or pcre table, before its pattern is compiled. regexp_table(5), pcre_table(5).
#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "tables/rule_blocks.hpp"

namespace posthouse::tables {

/// A result with $1, ${1}, $(1); "$$" is a dollar sign.
class Substitution {
public:
    struct Piece {
        std::string literal;
        std::size_t group = 0;  // 0: the literal
    };
    [[nodiscard]] static std::expected<Substitution, std::string> parse(std::string_view text);
    /// `group(n)` gives the text of group n.
    template <class Group>
    [[nodiscard]] std::string expand(Group group) const {
        std::string out;
        for (const Piece& piece : pieces_) {
            if (piece.group == 0) {
                out += piece.literal;
            } else {
                out += group(piece.group);
            }
        }
        return out;
    }
    [[nodiscard]] std::size_t highest_group() const { return highest_group_; }

private:
    std::vector<Piece> pieces_;
    std::size_t highest_group_ = 0;
};

struct PatternRule : RuleBase {
    std::string pattern;
    std::string flags;
    Substitution result;
    std::vector<std::string> remarks;  // the rule counts, but the operator should know
};

/// "/pattern/flags result", "!/pattern/ result", "if /pattern/flags", "if !/pattern/", "endif"; the delimiter is any
/// character that is not alphanumeric. The error is a text for the warning.
[[nodiscard]] std::expected<PatternRule, std::string> parse_pattern_rule(std::string_view line);

}  // namespace posthouse::tables
