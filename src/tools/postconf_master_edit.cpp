#include "tools/postconf_master_edit.hpp"

#include "tools/postconf_line.hpp"
#include "base/format.hpp"
#include "base/text.hpp"
#include "tools/master_fields.hpp"

#include <algorithm>
#include <functional>

namespace posthouse::tools {

namespace {

using Action = PostconfOptions::Action;
using Subject = PostconfOptions::Subject;

struct Edit {
    std::string service;
    std::string type;
    std::string name;  // of a field or parameter; empty for a row
    std::string value;
};

base::Result<Edit> parse_edit(const std::string& text, const PostconfOptions& options) {
    std::string target = text;
    Edit edit;
    if (options.action == Action::edit) {
        const config::NameValue split = config::split_name_value(text);
        if (!split.error.empty()) {
            return base::fail(base::ErrorKind::invalid, base::format("{}: \"{}\"", split.error, text));
        }
        target = std::string(split.name);
        edit.value = std::string(split.value);
    }
    const std::vector<std::string_view> parts = base::split_fields(target, '/');
    const std::size_t wanted = options.subject == Subject::service_rows ? 2 : 3;
    if (parts.size() != wanted || std::any_of(parts.begin(), parts.end(), [](std::string_view part) { return part.empty(); }) ||
        text.find_first_of("\r\n") != std::string::npos) {
        return base::fail(base::ErrorKind::invalid, base::format("expected service/type{} here: \"{}\"", wanted == 3 ? "/name" : "", base::printable(text)));
    }
    edit.service = std::string(parts[0]);
    edit.type = std::string(parts[1]);
    edit.name = wanted == 3 ? std::string(parts[2]) : std::string();
    return edit;
}

/// The physical lines of one logical row, with the comments between them.
struct Block {
    std::string text;
    bool is_row = false;
    std::string service;
    std::string type;
};

std::vector<Block> split_blocks(std::string_view text) {
    std::vector<Block> blocks;
    std::string comments;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const std::string line = std::string(text.substr(0, end)) + "\n";
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        const std::string_view visible = base::trim(line);
        if (visible.empty() || visible.front() == '#') {
            comments += line;  // belongs to the row only if the row goes on after it
        } else if (base::is_space(line.front()) && !blocks.empty()) {
            blocks.back().text += comments + line;
            comments.clear();
        } else {
            if (!comments.empty()) {
                blocks.push_back({.text = std::move(comments), .is_row = false, .service = {}, .type = {}});
                comments.clear();
            }
            const std::vector<std::string_view> words = base::split_words(line);
            blocks.push_back({.text = line, .is_row = true, .service = std::string(words[0]), .type = std::string(words.size() > 1 ? words[1] : "")});
        }
    }
    blocks.push_back({.text = std::move(comments), .is_row = false, .service = {}, .type = {}});
    return blocks;
}

base::Result<config::Service> parse_row(std::string_view text) {
    config::Findings findings;
    std::vector<config::Service> services = config::parse_master_cf(text, "master.cf", findings);
    if (findings.has_errors() || services.size() != 1) {
        return base::fail(base::ErrorKind::invalid, findings.empty() ? "not one master.cf row" : findings[0].text);
    }
    return std::move(services.front());
}

/// Takes out "-o name=value" in all its spellings.
void drop_parameter(config::Service& service, std::string_view name) {
    std::vector<std::string> kept;
    for (std::size_t i = 0; i < service.words.size(); ++i) {
        const std::string& word = service.words[i];
        if (!word.starts_with('-')) {
            kept.insert(kept.end(), service.words.begin() + static_cast<std::ptrdiff_t>(i), service.words.end());
            break;
        }
        const bool is_apart = word == "-o" && i + 1 < service.words.size();
        std::string_view setting = is_apart ? std::string_view(service.words[i + 1]) : word.starts_with("-o") ? std::string_view(word).substr(2) : "";
        if (setting.starts_with('{')) {
            setting = setting.substr(1, setting.size() - 2);
        }
        if (config::split_name_value(setting).name != name) {
            kept.push_back(word);
            if (is_apart) {
                kept.push_back(service.words[i + 1]);
            }
        }
        i += is_apart ? 1 : 0;
    }
    service.words = std::move(kept);
}

void set_parameter(config::Service& service, const Edit& edit) {
    drop_parameter(service, edit.name);
    const bool needs_braces = edit.value.find_first_of(" \t{}") != std::string::npos;
    const std::string setting = needs_braces ? base::format("{{ {} = {} }}", edit.name, edit.value) : base::format("{}={}", edit.name, edit.value);
    auto at = service.words.begin();
    while (at != service.words.end() && at->starts_with('-')) {
        at += *at == "-o" && at + 1 != service.words.end() ? 2 : 1;
    }
    service.words.insert(at, {"-o", setting});
}

base::Result<> set_field(config::Service& service, const Edit& edit) {
    const auto* const field = std::find(master_fields.begin(), master_fields.end(), edit.name);
    if (field == master_fields.end()) {
        return base::fail(base::ErrorKind::invalid, base::format("unknown field name: \"{}\"", edit.name));
    }
    const auto index = static_cast<std::size_t>(field - master_fields.begin());
    if (index + 1 < master_fields.size()) {
        service.columns[index] = edit.value;
        return {};
    }
    const std::vector<std::string_view> words = base::split_braced(edit.value, " \t");
    if (words.empty()) {
        return base::fail(base::ErrorKind::invalid, "empty command");
    }
    service.columns[index] = std::string(words.front());
    service.words.assign(words.begin() + 1, words.end());
    return {};
}

/// The block's new text.
base::Result<std::string> change(const Block& block, const Edit& edit, const PostconfOptions& options) {
    if (options.subject == Subject::service_rows && options.action == Action::remove) {
        return std::string();
    }
    if (options.subject == Subject::service_rows && options.action == Action::comment_out) {
        std::string out;
        for (const std::string_view line : base::split_fields(std::string_view(block.text).substr(0, block.text.size() - 1), '\n')) {
            out += base::format("#{}\n", line);
        }
        return out;
    }
    base::Result<config::Service> service = parse_row(options.subject == Subject::service_rows ? edit.value : block.text);
    if (!service) {
        return std::unexpected(service.error());
    }
    if (options.subject == Subject::service_fields) {
        if (const base::Result<> set = set_field(*service, edit); !set) {
            return std::unexpected(set.error());
        }
    } else if (options.subject == Subject::service_parameters) {
        options.action == Action::edit ? set_parameter(*service, edit) : drop_parameter(*service, edit.name);
    }
    const std::string row = row_text(*service, RowForm::folded);
    if (const base::Result<config::Service> again = parse_row(row); !again) {
        return std::unexpected(again.error());
    }
    return row;
}

base::Result<std::string> apply(std::string_view text, const Edit& edit, const PostconfOptions& options) {
    std::string out;
    bool found = false;
    for (const Block& block : split_blocks(text)) {
        const auto fits = [](const std::string& pattern, const std::string& name) { return pattern == "*" || pattern == name; };
        if (!block.is_row || !fits(edit.service, block.service) || !fits(edit.type, block.type)) {
            out += block.text;
            continue;
        }
        found = true;
        const base::Result<std::string> changed = change(block, edit, options);
        if (!changed) {
            return changed;
        }
        out += *changed;
    }
    if (!found && options.subject == Subject::service_rows && options.action == Action::edit) {
        const base::Result<std::string> added = change({}, edit, options);
        return added ? base::Result<std::string>(out + *added) : added;
    }
    return found ? base::Result<std::string>(std::move(out))
                 : base::fail(base::ErrorKind::not_found, base::format("unmatched request: \"{}/{}\"", edit.service, edit.type));
}

}  // namespace

std::vector<std::string> shown_words(const config::Service& service) {
    std::vector<std::string> words = service.words;
    for (std::size_t i = 1; i < words.size(); ++i) {
        const bool braced = words[i - 1] == "-o" && words[i].starts_with('{') && words[i].ends_with('}');
        const auto setting = braced ? base::split_once(std::string_view(words[i]).substr(1, words[i].size() - 2), '=') : std::nullopt;
        if (setting) {
            words[i] = base::format("{{{}={}}}", base::trim(setting->first), base::trim(setting->second));
        }
    }
    return words;
}

std::string row_text(const config::Service& service, RowForm form) {
    const std::vector<std::string> words = shown_words(service);
    std::string line;
    for (std::size_t i = 0; i < service.columns.size(); ++i) {
        if (i > 0) {
            line += ' ';
            line.append(line.size() < master_column_starts[i] ? master_column_starts[i] - line.size() : 0, ' ');
        }
        line += service.columns[i];
    }
    std::size_t line_start = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
        std::string word = words[i];
        if (word == "-o" && i + 1 < words.size()) {
            word += " " + words[++i];
        }
        const bool too_long = line.size() - line_start + 1 + word.size() >= folded_line_length;
        if (form == RowForm::folded && (word.starts_with("-o") || too_long)) {
            line += "\n    ";
            line_start = line.size() - 4;
        } else {
            line += ' ';
        }
        line += word;
    }
    return line + "\n";
}

base::Result<std::string> edit_master_cf(std::string text, const PostconfOptions& options) {
    const bool row = options.subject == Subject::service_rows;
    const bool parameter = options.subject == Subject::service_parameters;
    if ((options.action == Action::comment_out && !row) || (options.action == Action::remove && !row && !parameter)) {
        return base::fail(base::ErrorKind::invalid, "this edit is not possible for what -F or -P names");
    }
    for (const std::string& name : options.names) {
        const base::Result<Edit> edit = parse_edit(name, options);
        if (!edit) {
            return std::unexpected(edit.error());
        }
        base::Result<std::string> edited = apply(text, *edit, options);
        if (!edited) {
            return edited;
        }
        text = std::move(*edited);
    }
    return text;
}

}  // namespace posthouse::tools
