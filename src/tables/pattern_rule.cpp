#include "tables/pattern_rule.hpp"

#include <algorithm>

namespace posthouse::tables {

namespace {

constexpr std::size_t group_max = 999;

struct Reference {
    std::size_t group;
    std::size_t length;  // of the whole reference after '$'
};

// After a '$': "1", "{1}", "(1)".
std::expected<Reference, std::string> parse_reference(std::string_view text) {
    const char open = text.empty() ? '\0' : text.front();
    const bool wrapped = open == '{' || open == '(';
    const std::size_t begin = wrapped ? 1 : 0;
    // As with macros, a name ends before the first character that no name has: "$1y" is no group 1.
    std::size_t end = begin;
    while (end < text.size() && (base::is_alnum(text[end]) || text[end] == '_')) {
        ++end;
    }
    const std::string index(text.substr(begin, end - begin));
    if (index.empty() || (wrapped && (end >= text.size() || text[end] != (open == '{' ? '}' : ')')))) {
        return std::unexpected("bad replacement syntax: \"$" + std::string(text.substr(0, 20)) + '"');
    }
    const auto group = base::parse_number(index);
    if (!group) {
        return std::unexpected("non-numeric replacement index \"" + index + '"');
    }
    if (*group == 0 || *group > group_max) {
        return std::unexpected("out of range replacement index \"" + index + '"');
    }
    return Reference{static_cast<std::size_t>(*group), end + (wrapped ? 1 : 0)};
}

// Takes "/pattern/flags" off the front of `rest`.
std::expected<void, std::string> take_pattern(std::string_view& rest, PatternRule& rule) {
    while (rest.starts_with('!')) {
        rule.negated = !rule.negated;
        rest = base::trim_left(rest.substr(1));
    }
    if (rest.empty()) {
        return std::unexpected("no regular expression");
    }
    const char delimiter = rest.front();
    if (base::is_alnum(delimiter) || delimiter == '\\') {
        return std::unexpected("expected a pattern between delimiters, such as /.../, at \"" + std::string(rest.substr(0, 30)) + '"');
    }
    std::size_t end = 1;
    while (end < rest.size() && rest[end] != delimiter) {
        end += rest[end] == '\\' ? 2 : 1;
    }
    if (end >= rest.size()) {
        return std::unexpected("no closing regexp delimiter \"" + std::string(1, delimiter) + '"');
    }
    rule.pattern = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    const std::size_t flags_end = std::min(rest.find_first_of(" \t\r\v\f"), rest.size());
    rule.flags = rest.substr(0, flags_end);
    rest = base::trim(rest.substr(flags_end));
    return {};
}

bool keyword(std::string_view line, std::string_view word) {
    return base::istarts_with(line, word) && (line.size() == word.size() || !base::is_alnum(line[word.size()]));
}

}  // namespace

std::expected<Substitution, std::string> Substitution::parse(std::string_view text) {
    Substitution out;
    std::string literal;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '$') {
            literal += text[i];
            continue;
        }
        if (i + 1 < text.size() && text[i + 1] == '$') {
            literal += '$';
            ++i;
            continue;
        }
        const auto reference = parse_reference(text.substr(i + 1));
        if (!reference) {
            return std::unexpected(reference.error());
        }
        out.pieces_.push_back({std::exchange(literal, {}), 0});
        out.pieces_.push_back({{}, reference->group});
        out.highest_group_ = std::max(out.highest_group_, reference->group);
        i += reference->length;
    }
    out.pieces_.push_back({std::move(literal), 0});
    return out;
}

std::expected<PatternRule, std::string> parse_pattern_rule(std::string_view line) {
    PatternRule rule;
    std::string_view rest = line;
    if (keyword(line, "endif")) {
        rule.kind = RuleKind::end;
        if (!base::trim(line.substr(5)).empty()) {
            rule.remarks.push_back("ignoring extra text after ENDIF");
        }
        return rule;
    }
    if (keyword(line, "if")) {
        rule.kind = RuleKind::condition;
        rest = base::trim_left(line.substr(2));
    }
    if (const auto taken = take_pattern(rest, rule); !taken) {
        return std::unexpected(taken.error());
    }
    if (rule.kind == RuleKind::condition) {
        if (!rest.empty()) {
            rule.remarks.push_back("ignoring extra text after \"IF\" statement: \"" + std::string(rest) + '"');
        }
        return rule;
    }
    if (rest.empty()) {
        rule.remarks.push_back("using empty replacement string");
    }
    auto result = Substitution::parse(rest);
    if (!result) {
        return std::unexpected(result.error());
    }
    if (rule.negated && result->highest_group() > 0) {
        return std::unexpected("$number substitution is not allowed in a !/pattern/ rule");
    }
    rule.result = std::move(*result);
    return rule;
}

}  // namespace posthouse::tables
