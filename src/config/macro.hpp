#pragma once
// The grammar of one macro, taken apart without looking anything up. All views live as long as the text given.
#include <optional>
#include <string_view>

namespace posthouse::config {

struct MacroToken {
    std::string_view body;   // what stands after "$", or inside "${}" or "$()"
    std::string_view error;  // why this is no macro; empty if it is one
    bool is_dollar = false;  // "$$"
};

/// Takes the macro that `text` starts with (text begins with '$') off the front; after an error at least the '$' is gone.
[[nodiscard]] MacroToken take_macro(std::string_view& text);

struct MacroBody {
    std::string_view error;
    std::string_view name;  // empty for a comparison
    bool is_comparison = false;
    bool compares_levels = false;  // "<level" and its like: operands are compatibility levels
    std::string_view left;
    std::string_view relation;  // == != < <= > >=
    std::string_view right;
    std::optional<std::string_view> if_true;
    std::optional<std::string_view> if_false;
};

/// name, name?text, name:text, name?{text}:{text}, or {text} == {text} with the same endings.
[[nodiscard]] MacroBody parse_macro_body(std::string_view body);

/// Length of the balanced group that `text` starts with, both brackets included; 0 if it is never closed.
[[nodiscard]] std::size_t balanced_length(std::string_view text);

}  // namespace posthouse::config
