#include "tables/pattern_table.hpp"

#include "tables/pattern_rule.hpp"
#include "tables/unavailable.hpp"

namespace posthouse::tables {

namespace {

struct CompiledRule : RuleBase {
    std::unique_ptr<Pattern> pattern;  // null: a condition that could not be read and never holds
    Substitution result;
};

class PatternTable final : public MemoryTable {
public:
    PatternTable(std::string name, std::vector<CompiledRule> rules, std::vector<SourceFile> sources)
        : name_(std::move(name)), rules_(std::move(rules)), sources_(std::move(sources)) {}

    Lookup look_up(std::string_view key) const override {
        const std::string subject(key);
        Groups groups;
        for (std::size_t i = 0; i < rules_.size(); ++i) {
            const CompiledRule& rule = rules_[i];
            if (rule.kind == RuleKind::end) {
                continue;
            }
            groups.clear();
            const auto hit = rule.pattern ? rule.pattern->match(subject, groups) : std::expected<bool, std::string>(rule.negated);
            if (!hit) {
                return Lookup::unknown(at_line(name_, rule.line, hit.error()));
            }
            const bool matches = *hit != rule.negated;
            if (rule.kind == RuleKind::rule && matches) {
                return Lookup::found(rule.result.expand([&groups](std::size_t n) { return n < groups.size() ? groups[n] : std::string_view{}; }));
            }
            if (rule.kind == RuleKind::condition && !matches) {
                i = rule.block_end;
            }
        }
        return Lookup::absent();
    }
    std::string name() const override { return name_; }
    bool is_pattern() const override { return true; }
    std::vector<SourceFile> sources() const override { return sources_; }

private:
    std::string name_;
    std::vector<CompiledRule> rules_;
    std::vector<SourceFile> sources_;
};

std::expected<CompiledRule, std::string> compile_rule(PatternRule& parsed, CompilePattern compile) {
    CompiledRule rule;
    static_cast<RuleBase&>(rule) = parsed;
    rule.result = std::move(parsed.result);
    if (rule.kind == RuleKind::end) {
        return rule;
    }
    auto pattern = compile({.text = parsed.pattern, .flags = parsed.flags, .groups_needed = rule.result.highest_group()});
    if (!pattern) {
        return std::unexpected(pattern.error());
    }
    if (rule.result.highest_group() > (*pattern)->group_count()) {
        return std::unexpected("out of range replacement index \"" + std::to_string(rule.result.highest_group()) + '"');
    }
    rule.pattern = std::move(*pattern);
    return rule;
}

std::expected<CompiledRule, std::string> read_rule(const std::string& line, CompilePattern compile, std::vector<std::string>& remarks) {
    auto parsed = parse_pattern_rule(line);
    if (!parsed) {
        return std::unexpected(std::move(parsed.error()));
    }
    remarks = parsed->remarks;
    return compile_rule(*parsed, compile);
}

}  // namespace

std::shared_ptr<const Table> open_pattern_table(const TableName& name, const OpenContext& context, CompilePattern compile) {
    std::vector<CompiledRule> rules;
    const std::string title = name.type + " map " + name.path;
    const auto warn_at = [&](std::size_t line, std::string_view text) { context.warning(at_line(title, line, text)); };
    const auto sources = read_rules(name.path, context.files, [&](const LogicalLine& line) {
        std::vector<std::string> remarks;
        auto rule = read_rule(line.text, compile, remarks);
        for (const std::string& remark : remarks) {
            warn_at(line.line, remark);
        }
        if (!rule) {
            // What stood under a condition that nobody can read must not become unconditional.
            const bool condition = base::istarts_with(line.text, "if") && line.text.size() > 2 && !base::is_alnum(line.text[2]);
            warn_at(line.line, rule.error() + (condition ? ": skipping this rule and those up to its ENDIF" : ": skipping this rule"));
            if (!condition) {
                return;
            }
            rule = CompiledRule{};
            rule->kind = RuleKind::condition;
        }
        rule->line = line.line;
        rules.push_back(std::move(*rule));
    });
    if (!sources) {
        return unavailable(name, sources.error().text, {source_file(name.path, context.files)});
    }
    link_blocks(rules, warn_at);
    return std::make_shared<PatternTable>(name.spec, std::move(rules), *sources);
}

}  // namespace posthouse::tables
