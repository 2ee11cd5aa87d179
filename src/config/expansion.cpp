#include "config/expansion.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "config/macro.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace posthouse::config {

namespace {

// Ours: deep enough for any real main.cf, shallow enough for a small stack; the other two stop "billion laughs" values.
constexpr int nesting_max = 50;
constexpr int steps_max = 20'000;
constexpr std::size_t length_max = 1'000'000;

using Level = std::array<std::uint64_t, 3>;

std::optional<Level> level_of(std::string_view text) {
    Level level{};
    std::size_t i = 0;
    for (const std::string_view field : base::split_fields(text, '.')) {
        const auto number = base::parse_number(field);
        if (!number || *number > std::numeric_limits<std::int32_t>::max() || i == level.size()) {
            return std::nullopt;
        }
        level[i++] = *number;
    }
    return level;
}

bool holds(std::string_view relation, int order) {
    if (relation == "==") {
        return order == 0;
    }
    if (relation == "!=") {
        return order != 0;
    }
    if (relation == "<") {
        return order < 0;
    }
    if (relation == "<=") {
        return order <= 0;
    }
    return relation == ">" ? order > 0 : order >= 0;
}

class Expander {
public:
    explicit Expander(const Lookup& lookup) : lookup_(lookup) {}

    void append(std::string_view text, std::string& out, int depth) {
        while (!text.empty() && !result_.error) {
            const std::size_t dollar = std::min(text.find('$'), text.size());
            out += text.substr(0, dollar);
            text.remove_prefix(dollar);
            if (out.size() > length_max) {
                fail("value is too long after macro expansion");
            } else if (!text.empty()) {
                one_macro(text, out, depth);
            }
        }
    }

    Expansion finish(std::string text) {
        result_.text = std::move(text);
        return std::move(result_);
    }

private:
    void fail(std::string why) {
        if (!result_.error) {
            result_.error = std::move(why);
        }
    }

    void one_macro(std::string_view& text, std::string& out, int depth) {
        const std::string_view before = text;
        const MacroToken token = take_macro(text);
        if (!token.error.empty()) {
            fail(base::format("{}: \"{}\"", token.error, base::printable(before.substr(0, 60))));
        } else if (token.is_dollar) {
            out += '$';
        } else if (depth >= nesting_max || ++steps_ > steps_max) {
            fail(base::format("possible macro recursion: \"{}\"", base::printable(before.substr(0, 60))));
        } else {
            reference(token.body, out, depth + 1);
        }
    }

    void reference(std::string_view body, std::string& out, int depth) {
        const MacroBody parsed = parse_macro_body(body);
        if (!parsed.error.empty()) {
            fail(base::format("{}: \"${{{}}}\"", parsed.error, base::printable(body.substr(0, 60))));
            return;
        }
        bool is_true = false;
        std::optional<std::string> value;
        if (parsed.is_comparison) {
            is_true = compare(parsed, depth);
            value = is_true ? "bool:true" : "";
        } else {
            value = lookup_(parsed.name);
            is_true = value && !value->empty();
        }
        if (parsed.if_true || parsed.if_false) {
            const std::optional<std::string_view>& branch = is_true ? parsed.if_true : parsed.if_false;
            append(branch.value_or(std::string_view{}), out, depth);
        } else if (value) {
            append(*value, out, depth);
        } else if (std::find(result_.undefined.begin(), result_.undefined.end(), parsed.name) == result_.undefined.end()) {
            result_.undefined.emplace_back(parsed.name);
        }
    }

    bool compare(const MacroBody& body, int depth) {
        std::string left;
        std::string right;
        append(body.left, left, depth);
        append(body.right, right, depth);
        if (body.compares_levels) {
            for (const std::string& level : {left, right}) {
                if (!level_of(level)) {
                    fail(base::format("malformed compatibility level syntax: \"{}\"", base::printable(level.substr(0, 60))));
                }
            }
            return holds(body.relation, compare_levels(left, right));
        }
        const std::optional<std::uint64_t> a = base::parse_number(left);
        const std::optional<std::uint64_t> b = base::parse_number(right);
        if (a && b) {
            return holds(body.relation, *a < *b ? -1 : *a > *b ? 1 : 0);
        }
        return holds(body.relation, left.compare(right));
    }

    const Lookup& lookup_;
    int steps_ = 0;
    Expansion result_;
};

void collect_names(std::string_view text, std::vector<std::string>& names, int depth) {
    while (!text.empty() && depth < nesting_max) {
        text.remove_prefix(std::min(text.find('$'), text.size()));
        if (text.empty()) {
            return;
        }
        const MacroToken token = take_macro(text);
        if (!token.error.empty()) {
            return;  // nothing behind it is expanded
        }
        if (token.is_dollar) {
            continue;
        }
        const MacroBody body = parse_macro_body(token.body);
        if (!body.name.empty() && std::find(names.begin(), names.end(), body.name) == names.end()) {
            names.emplace_back(body.name);
        }
        for (const std::string_view part : {body.left, body.right, body.if_true.value_or(""), body.if_false.value_or("")}) {
            collect_names(part, names, depth + 1);
        }
    }
}

}  // namespace

Expansion expand(std::string_view text, const Lookup& lookup) {
    Expander expander(lookup);
    std::string out;
    expander.append(text, out, 0);
    return expander.finish(std::move(out));
}

std::vector<std::string> names_used(std::string_view text) {
    std::vector<std::string> names;
    collect_names(text, names, 0);
    return names;
}

int compare_levels(std::string_view a, std::string_view b) {
    const Level x = level_of(a).value_or(Level{});
    const Level y = level_of(b).value_or(Level{});
    return x < y ? -1 : x > y ? 1 : 0;
}

}  // namespace posthouse::config
