#include "tables/alias_text.hpp"

#include "base/text.hpp"

namespace posthouse::tables {

namespace {

constexpr const char* form_error = "need name:value pair";

// "name", quoted or not. Outside of quotes it is one local address: no domain, no list.
std::expected<std::string, std::string> alias_name(std::string_view key) {
    std::string name;
    bool quoted = false;
    for (std::size_t i = 0; i < key.size(); ++i) {
        if (key[i] == '\\' && i + 1 < key.size()) {
            name += key[++i];
        } else if (key[i] == '"') {
            quoted = !quoted;
        } else if (!quoted && key[i] == '@') {
            return std::unexpected("name must be local");
        } else if (!quoted && key[i] == ',') {
            return std::unexpected(std::string(form_error));
        } else {
            name += key[i];
        }
    }
    if (name.empty()) {
        return std::unexpected(std::string(form_error));
    }
    return name;
}

// White space outside of quotes says nothing, but pieces stay apart.
std::string alias_value(std::string_view text) {
    std::string out;
    bool quoted = false;
    bool space = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (!quoted && base::is_space(c)) {
            space = true;
            continue;
        }
        if (space && c != ',' && !out.empty() && out.back() != ' ') {
            out += ' ';
        }
        space = false;
        out += c;
        if (c == '\\' && i + 1 < text.size()) {
            out += text[++i];
        } else if (c == '"') {
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            out += ' ';
        }
    }
    while (out.ends_with(' ')) {
        out.pop_back();
    }
    return out;
}

std::size_t colon_of(std::string_view line) {
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '\\') {
            ++i;
        } else if (line[i] == '"') {
            quoted = !quoted;
        } else if (line[i] == ':' && !quoted) {
            return i;
        }
    }
    return std::string_view::npos;
}

}  // namespace

std::expected<AliasText, std::string> parse_alias(std::string_view line) {
    const std::size_t colon = colon_of(line);
    if (colon == std::string_view::npos) {
        return std::unexpected(std::string(form_error));
    }
    auto name = alias_name(base::trim(line.substr(0, colon)));
    if (!name) {
        return std::unexpected(std::move(name.error()));
    }
    std::string value = alias_value(base::trim(line.substr(colon + 1)));
    if (value.empty()) {
        return std::unexpected(std::string(form_error));
    }
    return AliasText{std::move(*name), std::move(value)};
}

}  // namespace posthouse::tables
