#include "tools/postconf_row.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "tools/master_fields.hpp"
#include "tools/postconf_line.hpp"

#include <vector>

namespace posthouse::tools {

namespace {

struct Argument {
    std::string text;
    bool has_value = false;  // "-o name=value", which has a line of its own when folded
};

std::string without_braces(std::string_view word) {
    if (!word.starts_with('{') || !word.ends_with('}')) {
        return std::string(word);
    }
    return std::string(base::trim(word.substr(1, word.size() - 2)));
}

std::string braced_if_needed(std::string text) { return text.find_first_of(" \t\r\n") == std::string::npos ? text : "{" + text + "}"; }

// "{ name = value }" → "{name=value}", the braces only if there is white space inside.
std::string setting_text(std::string_view word) {
    std::string text = without_braces(word);
    if (const auto parts = base::split_once(text, '='); parts && word.starts_with('{')) {
        text = base::format("{}={}", base::trim(parts->first), base::trim(parts->second));
    }
    return braced_if_needed(std::move(text));
}

std::vector<Argument> arguments_of(const config::Service& service) {
    std::vector<Argument> out;
    bool in_options = true;
    for (std::size_t i = 0; i < service.words.size(); ++i) {
        const std::string& word = service.words[i];
        in_options = in_options && word.starts_with('-') && word != "--";
        if (!in_options) {
            out.push_back({braced_if_needed(without_braces(word)), false});
        } else if (word == "-o" && i + 1 < service.words.size()) {
            out.push_back({"-o " + setting_text(service.words[++i]), true});
        } else if (word.starts_with("-o") && word.size() > 2) {
            out.push_back({"-o " + setting_text(std::string_view(word).substr(2)), true});
        } else {
            out.push_back({word, false});
        }
    }
    return out;
}

std::string append_arguments(std::string line, const config::Service& service, RowForm form) {
    std::size_t length = line.size();
    bool alone = false;
    for (const Argument& argument : arguments_of(service)) {
        const bool breaks = form == RowForm::folded && (alone || argument.has_value || length + 1 + argument.text.size() >= folded_line_length);
        line += breaks ? "\n    " : " ";
        length = breaks ? 4 : length + 1;
        line += argument.text;
        length += argument.text.size();
        alone = argument.has_value;
    }
    return line + "\n";
}

}  // namespace

std::string row_text(const config::Service& service, RowForm form) {
    std::string line;
    for (std::size_t i = 0; i < service.columns.size(); ++i) {
        if (i > 0) {
            line += ' ';
            line.append(line.size() < master_column_starts[i] ? master_column_starts[i] - line.size() : 0, ' ');
        }
        line += service.columns[i];
    }
    return append_arguments(std::move(line), service, form);
}

std::string command_text(std::string line, const config::Service& service, RowForm form) {
    return append_arguments(std::move(line) + service.columns.back(), service, form);
}

}  // namespace posthouse::tools
