#include "config/macro.hpp"

#include "base/text.hpp"

#include <array>

namespace posthouse::config {

namespace {

bool is_name_char(char c) { return base::is_alnum(c) || c == '_'; }

std::string_view take_name(std::string_view& text) {
    std::size_t end = 0;
    while (end < text.size() && is_name_char(text[end])) {
        ++end;
    }
    const std::string_view name = text.substr(0, end);
    text.remove_prefix(end);
    return name;
}

/// Takes "{text}" and the blanks around it off the front; those inside are part of the text.
std::optional<std::string_view> take_group(std::string_view& text) {
    text = base::trim_left(text);
    const std::size_t length = text.empty() || text.front() != '{' ? 0 : balanced_length(text);
    if (length == 0) {
        return std::nullopt;
    }
    const std::string_view inner = text.substr(1, length - 2);
    text = base::trim_left(text.substr(length));
    return inner;
}

bool starts_group(std::string_view text) {
    text = base::trim_left(text);
    return !text.empty() && text.front() == '{';
}

/// What follows a name or a comparison: "?text", ":text", "?{text}", ":{text}", "?{text}:{text}".
void parse_branches(std::string_view rest, MacroBody& body) {
    const char condition = rest.front();
    rest.remove_prefix(1);
    std::optional<std::string_view>& first = condition == '?' ? body.if_true : body.if_false;
    if (!starts_group(rest)) {
        first = rest;
        return;
    }
    first = take_group(rest);
    if (!first) {
        body.error = "missing closing brace in macro";
        return;
    }
    if (condition == '?' && !rest.empty() && rest.front() == ':') {
        rest.remove_prefix(1);
        body.if_false = take_group(rest);
        if (!body.if_false) {
            body.error = "expected {text} after ':' in macro";
            return;
        }
    }
    if (!rest.empty()) {
        body.error = "unexpected text at the end of macro";
    }
}

std::string_view take_relation(std::string_view& text) {
    static constexpr std::array<std::string_view, 6> relations{"==", "!=", "<=", ">=", "<", ">"};
    for (const std::string_view relation : relations) {
        if (text.starts_with(relation)) {
            const std::string_view taken = text.substr(0, relation.size());
            text.remove_prefix(relation.size());
            return taken;
        }
    }
    return {};
}

void parse_comparison(std::string_view& rest, MacroBody& body) {
    body.is_comparison = true;
    const std::optional<std::string_view> left = take_group(rest);
    body.relation = take_relation(rest);
    if (!left || body.relation.empty()) {
        body.error = "expected {text} and a comparison operator in macro";
        return;
    }
    if (rest.starts_with("level")) {
        body.compares_levels = true;
        rest.remove_prefix(5);
    }
    const std::optional<std::string_view> right = take_group(rest);
    if (!right) {
        body.error = "expected {text} after the comparison operator in macro";
        return;
    }
    body.left = *left;
    body.right = *right;
}

}  // namespace

std::size_t balanced_length(std::string_view text) {
    if (text.empty()) {
        return 0;
    }
    const char open = text.front();
    const char close = open == '(' ? ')' : '}';
    int depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == open) {
            ++depth;
        } else if (text[i] == close && --depth == 0) {
            return i + 1;
        }
    }
    return 0;
}

MacroToken take_macro(std::string_view& text) {
    text.remove_prefix(1);
    MacroToken token;
    if (!text.empty() && text.front() == '$') {
        text.remove_prefix(1);
        token.is_dollar = true;
    } else if (!text.empty() && (text.front() == '{' || text.front() == '(')) {
        const std::size_t length = balanced_length(text);
        if (length == 0) {
            token.error = "truncated macro reference";
            return token;
        }
        token.body = text.substr(1, length - 2);
        text.remove_prefix(length);
    } else {
        token.body = take_name(text);
        if (token.body.empty()) {
            token.error = "empty macro name";
        }
    }
    return token;
}

MacroBody parse_macro_body(std::string_view text) {
    MacroBody body;
    std::string_view rest = base::trim_left(text);
    if (!rest.empty() && rest.front() == '{') {
        parse_comparison(rest, body);
    } else {
        body.name = take_name(rest);
        rest = base::trim_left(rest);
        if (body.name.empty()) {
            body.error = "empty macro name";
        }
    }
    if (!body.error.empty() || rest.empty()) {
        return body;
    }
    if (rest.front() != '?' && rest.front() != ':') {
        body.error = "bad character in macro name";
        return body;
    }
    parse_branches(rest, body);
    return body;
}

}  // namespace posthouse::config
