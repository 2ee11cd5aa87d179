#pragma once
// Macro expansion of parameter values (postconf(5), "parameter values"): $name, $(name), ${name}, ${name?text},
// ${name:text}, ${name?{text}:{text}}, ${{text} == {text} ? {text} : {text}} and $$.
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace posthouse::config {

/// The unexpanded value of a name, nullopt if there is no such name.
using Lookup = std::function<std::optional<std::string>(std::string_view name)>;

struct Expansion {
    std::string text;                    // what could be expanded; incomplete if there was an error
    std::vector<std::string> undefined;  // names used without a condition that have no value; they expand to nothing
    std::optional<std::string> error;    // first malformed macro, or a loop
};

/// Never fails hard: nesting, steps and length of the result are bounded (a loop reports "possible macro recursion").
[[nodiscard]] Expansion expand(std::string_view text, const Lookup& lookup);

/// Every name that the text refers to, in either branch of a condition, each once.
[[nodiscard]] std::vector<std::string> names_used(std::string_view text);

/// Order of two compatibility levels "major[.minor[.patch]]": negative, zero or positive. What is none counts as 0.
[[nodiscard]] int compare_levels(std::string_view a, std::string_view b);

}  // namespace posthouse::config
