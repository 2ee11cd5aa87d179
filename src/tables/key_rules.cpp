#include "tables/key_rules.hpp"

#include "base/case_fold.hpp"

namespace posthouse::tables {

bool ResultGatherer::add(std::string_view value) {
    const auto one = format_.expand_result(value, key_);
    if (one) {
        all_ += all_.empty() ? *one : ',' + *one;
        too_many_ = (limit_ > 0 && ++count_ > limit_) || all_.size() > bytes_max;
    }
    return !too_many_;
}

Lookup ResultGatherer::finish(const std::string& table) && {
    if (too_many_) {
        return Lookup::unknown("table " + table + ": the answer for " + std::string(key_) + " exceeds the expansion limit (" + std::to_string(limit_) + ')');
    }
    return all_.empty() ? Lookup::absent() : Lookup::found(std::move(all_));
}

base::Result<KeyRules> KeyRules::from(const TableConfig& config, const OpenContext& context, std::string_view result_format_name) {
    KeyRules rules;
    auto format = KeyTemplate::parse(config.text(result_format_name, "%s"));
    if (!format) {
        return base::fail(format.error(), config.path() + ": " + std::string(result_format_name));
    }
    const auto limit = config.number("expansion_limit", 0);
    if (!limit) {
        return std::unexpected(limit.error());
    }
    rules.result_format = std::move(*format);
    rules.expansion_limit = static_cast<std::size_t>(*limit);
    rules.keys = context.keys;
    OpenContext inner = context;
    ++inner.depth;
    inner.failed = {};  // it is the table that has no answer then
    rules.domain = MatchList::open_strings(config.text("domain"), inner);
    return rules;
}

world::Task<KeyRules::Key> KeyRules::prepare(std::string key, std::string table) const {
    Key prepared{keys.of(key).value_or(""), std::nullopt};
    // Databases refuse malformed text, and the refusal would be a temporary error for ever.
    if (prepared.text.empty() || !base::is_utf8(prepared.text) || prepared.text.find('\0') != std::string::npos) {
        prepared.decided = Lookup::absent();
        co_return prepared;
    }
    if (!domain.empty()) {
        const std::size_t at = prepared.text.rfind('@');
        if (at == std::string::npos || at == 0 || at + 1 == prepared.text.size()) {
            prepared.decided = Lookup::absent();
        } else {
            std::string name = prepared.text.substr(at + 1);
            auto matching = domain.match(std::move(name));
            const Match match = co_await std::move(matching);
            if (match.is_unknown()) {
                prepared.decided = Lookup::unknown(table + ": domain: " + match.reason);
            } else if (!match.is_match()) {
                prepared.decided = Lookup::absent();
            }
        }
    }
    co_return prepared;
}

}  // namespace posthouse::tables
