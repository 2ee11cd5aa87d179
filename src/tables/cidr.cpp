#include "tables/cidr.hpp"

#include "tables/network_index.hpp"
#include "tables/unavailable.hpp"

namespace posthouse::tables {

namespace {

// "!10.0.0.0/8" speaks of IPv4 addresses only: IPv6 addresses are neither in it nor outside of it.
bool applies(const CidrRule& rule, const base::IpAddress& address) {
    return rule.network && rule.network->network.family() == address.family() && rule.network->contains(address) != rule.negated;
}

class CidrTable final : public MemoryTable {
public:
    CidrTable(std::string name, std::vector<CidrRule> rules, std::vector<SourceFile> sources)
        : name_(std::move(name)), rules_(std::move(rules)), sources_(std::move(sources)) {
        // Conditions and negated patterns depend on the rows around them, or on what an address is not.
        const bool plain = std::all_of(rules_.begin(), rules_.end(), [](const CidrRule& rule) { return rule.kind == RuleKind::rule && !rule.negated && rule.network; });
        if (plain && rules_.size() >= indexed_from) {
            index_.emplace();
            for (std::size_t i = 0; i < rules_.size(); ++i) {
                index_->add(*rules_[i].network, i);
            }
            index_->sort();
        }
    }

    Lookup look_up(std::string_view key) const override {
        const auto address = base::IpAddress::parse(key);
        if (!address) {
            return Lookup::absent();
        }
        if (index_) {
            const auto row = index_->first(*address);
            return row ? Lookup::found(rules_[*row].value) : Lookup::absent();
        }
        for (std::size_t i = 0; i < rules_.size(); ++i) {
            const CidrRule& rule = rules_[i];
            if (rule.kind == RuleKind::end) {
                continue;
            }
            const bool matches = applies(rule, *address);
            if (rule.kind == RuleKind::rule && matches) {
                return Lookup::found(rule.value);
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
    static constexpr std::size_t indexed_from = 32;  // ours: fewer rows are compared as quickly as they are searched
    std::string name_;
    std::vector<CidrRule> rules_;
    std::optional<NetworkIndex> index_;
    std::vector<SourceFile> sources_;
};

std::string_view take_word(std::string_view& text) {
    text = base::trim_left(text);
    const std::size_t end = std::min(text.find_first_of(" \t\r\v\f"), text.size());
    const std::string_view word = text.substr(0, end);
    text = base::trim(text.substr(end));
    return word;
}

}  // namespace

std::expected<CidrRule, std::string> parse_cidr_rule(std::string_view line) {
    CidrRule rule;
    std::string_view rest = line;
    std::string_view word = take_word(rest);
    if (base::iequals(word, "endif")) {
        rule.kind = RuleKind::end;
        return rule;
    }
    if (base::iequals(word, "if") || base::istarts_with(word, "if!")) {
        rule.kind = RuleKind::condition;
        rest = base::trim(line.substr(2));
        word = take_word(rest);
    }
    while (word.starts_with('!')) {
        rule.negated = !rule.negated;
        word.remove_prefix(1);
        if (word.empty()) {
            word = take_word(rest);
        }
    }
    if (rule.kind == RuleKind::rule && rest.empty()) {
        return std::unexpected("no value for \"" + std::string(word) + '"');
    }
    auto network = parse_network_pattern(word);
    if (!network) {
        return std::unexpected(std::move(network.error()));
    }
    rule.network = *network;
    rule.value = rule.kind == RuleKind::rule ? std::string(rest) : std::string();
    return rule;
}

std::shared_ptr<const Table> open_cidr(const TableName& name, const OpenContext& context) {
    std::vector<CidrRule> rules;
    const auto warn_at = [&](std::size_t line, std::string_view text) { context.warning(at_line("cidr map " + name.path, line, text)); };
    const auto sources = read_rules(name.path, context.files, [&](const LogicalLine& line) {
        auto rule = parse_cidr_rule(line.text);
        if (rule) {
            rule->line = line.line;
            rules.push_back(std::move(*rule));
            return;
        }
        // What stood under a condition that nobody can read must not become unconditional.
        const bool condition = base::istarts_with(line.text, "if") && line.text.find_first_of(" \t!") == 2;
        warn_at(line.line, rule.error() + (condition ? ": skipping this rule and those up to its ENDIF" : ": skipping this rule"));
        if (condition) {
            CidrRule never;
            never.kind = RuleKind::condition;
            never.line = line.line;
            rules.push_back(std::move(never));
        }
    });
    if (!sources) {
        return unavailable(name, sources.error().text, {source_file(name.path, context.files)});
    }
    link_blocks(rules, warn_at);
    return std::make_shared<CidrTable>(name.spec, std::move(rules), *sources);
}

}  // namespace posthouse::tables
