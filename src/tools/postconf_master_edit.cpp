#include "tools/postconf_master_edit.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "tools/master_fields.hpp"
#include "tools/master_blocks.hpp"
#include "tools/postconf_row.hpp"

#include <algorithm>
#include <optional>

namespace posthouse::tools {

namespace {

using Action = PostconfOptions::Action;
using Subject = PostconfOptions::Subject;

struct Edit {
    std::string raw;  // as on the command line
    std::string service;
    std::string type;
    std::string name;  // of a field or parameter; empty for a row
    std::string value;
    int matches = 0;
};

std::unexpected<base::Error> refuse(std::string text) { return base::fail(base::ErrorKind::invalid, std::move(text)); }

std::string_view wanted_form(Subject subject) {
    switch (subject) {
        case Subject::service_fields: return "-Fe or -FX requires service_name/type/field_name";
        case Subject::service_parameters: return "-Pe or -PX requires service_name/type/parameter";
        case Subject::service_rows:
        case Subject::parameters: break;
    }
    return "-Me, -MX or -M# requires service_name/type";
}

base::Result<> check_edit(const Edit& edit, const PostconfOptions& options) {
    const bool has_blanks = edit.value.find_first_of(" \t\r\v\f") != std::string::npos;
    if (options.subject == Subject::service_fields) {
        if (edit.name == "*") {
            return refuse("-Fe does not accept wild-card field name");
        }
        if (std::find(master_fields.begin(), master_fields.end(), edit.name) == master_fields.end()) {
            return refuse(base::format("invalid service attribute name: \"{}\"", base::printable(edit.name)));
        }
        if (has_blanks && edit.name != "command") {
            return refuse("-Fe does not accept whitespace in non-command field");
        }
    }
    if (options.subject == Subject::service_parameters && edit.name == "*") {
        return refuse("-Pe does not accept wild-card parameter name");
    }
    return {};
}

base::Result<Edit> parse_edit(const std::string& raw, const PostconfOptions& options) {
    constexpr std::string_view which = "-Me, -Fe, -Pe, -X, or -#";
    const std::string_view text = base::trim_left(raw);
    if (raw.find('\n') != std::string::npos || text.starts_with('#')) {
        return refuse(base::format("{} accept no {} input", which, text.starts_with('#') ? "comment" : "multi-line"));
    }
    std::string target(base::trim_right(text));
    Edit edit{.raw = raw, .service = {}, .type = {}, .name = {}, .value = {}};
    if (options.action == Action::edit) {
        const config::NameValue split = config::split_name_value(text);
        if (!split.error.empty()) {
            return refuse(base::format("{}: \"{}\"", split.error, raw));
        }
        target = std::string(split.name);
        edit.value = std::string(split.value);
    } else if (text.find('=') != std::string_view::npos) {
        return refuse("-X or -# requires names without value");
    }
    const std::vector<std::string_view> parts = base::split_fields(target, '/');
    const std::size_t wanted = options.subject == Subject::service_rows ? 2 : 3;
    if (parts.size() != wanted || std::any_of(parts.begin(), parts.end(), [](std::string_view part) { return part.empty(); })) {
        return refuse(std::string(wanted_form(options.subject)));
    }
    edit.service = std::string(parts[0]);
    edit.type = std::string(parts[1]);
    edit.name = wanted == 3 ? std::string(parts[2]) : std::string();
    const base::Result<> checked = check_edit(edit, options);
    return checked ? base::Result<Edit>(std::move(edit)) : std::unexpected(checked.error());
}

base::Result<config::Service> parse_row(std::string_view text) {
    config::Findings findings;
    std::vector<config::Service> services = config::parse_master_cf(text, "master.cf", findings);
    if (base::split_braced(text, " \t\r\n").size() < master_fields.size()) {
        return refuse("bad field count");
    }
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

bool fits(const std::string& pattern, const std::string& name) { return pattern == "*" || pattern == name; }

bool fits(const Edit& edit, const Block& block) { return fits(edit.service, block.service) && fits(edit.type, block.type); }

base::Result<> change(config::Service& service, const Edit& edit, const PostconfOptions& options) {
    if (options.subject == Subject::service_fields) {
        return set_field(service, edit);
    }
    options.action == Action::edit ? set_parameter(service, edit) : drop_parameter(service, edit.name);
    return {};
}

/// Fields and parameters: the block's new text.
base::Result<std::string> change_parts(const Block& block, std::vector<Edit>& edits, const PostconfOptions& options, const std::string& path) {
    std::optional<config::Service> service;
    for (Edit& edit : edits) {
        if (!fits(edit, block)) {
            continue;
        }
        ++edit.matches;
        if (!service) {
            base::Result<config::Service> parsed = parse_row(block.row());
            if (!parsed) {
                return refuse(base::format("file {}: line {}: {}", path, block.number, parsed.error().text));
            }
            service = std::move(*parsed);
        }
        if (const base::Result<> changed = change(*service, edit, options); !changed) {
            return std::unexpected(changed.error());
        }
        if (const base::Result<config::Service> again = parse_row(row_text(*service, RowForm::one_line)); !again) {
            const bool is_field = options.subject == Subject::service_fields;
            return refuse(is_field ? base::format("invalid {} field \"{}\" in \"{}\"", edit.name, base::printable(edit.value), base::printable(edit.value)) : again.error().text);
        }
    }
    if (!service) {
        return block.text();
    }
    std::string row = row_text(*service, RowForm::folded);
    return block.comments() + row;
}

/// "#" in front of the row's lines; or nothing left of them.
std::string without_row(const Block& block, Action action) {
    std::string out;
    for (const BlockLine& line : block.lines) {
        if (!line.is_content || action == Action::comment_out) {
            out += (line.is_content ? "#" : "") + line.text;
        }
    }
    return out;
}

/// Whole rows. A new row takes the place of the first one that it replaces, by the names in front of "=" or by its own; the others go.
base::Result<std::string> change_rows(const Block& block, std::vector<Edit>& edits, const PostconfOptions& options) {
    bool matched = false;
    std::string row;
    for (Edit& edit : edits) {
        base::Result<config::Service> made = options.action == Action::edit ? parse_row(edit.value) : config::Service{};
        if (!made) {
            return refuse(base::format("{}: \"{}\"", made.error().text, edit.raw));
        }
        const bool replaces = options.action == Action::edit && made->columns[0] == block.service && made->columns[1] == block.type;
        if (!fits(edit, block) && !replaces) {
            continue;
        }
        matched = true;
        if (++edit.matches == 1 && options.action == Action::edit) {
            row = row_text(*made, RowForm::folded);
        }
    }
    if (!matched) {
        return block.text();
    }
    return options.action == Action::edit ? row + block.comments() : without_row(block, options.action);
}

}  // namespace

base::Result<std::string> edit_master_cf(std::string_view text, const std::string& path, const PostconfOptions& options, std::vector<std::string>& warnings) {
    const bool rows = options.subject == Subject::service_rows;
    std::vector<Edit> edits;
    for (const std::string& name : options.names) {
        base::Result<Edit> edit = parse_edit(name, options);
        if (!edit) {
            return std::unexpected(edit.error());
        }
        edits.push_back(std::move(*edit));
    }
    const base::Result<std::vector<Block>> blocks = split_blocks(text, path);
    if (!blocks) {
        return std::unexpected(blocks.error());
    }
    std::string out;
    for (const Block& block : *blocks) {
        const base::Result<std::string> changed = block.service.empty() ? base::Result<std::string>(block.text())
                                                  : rows                ? change_rows(block, edits, options)
                                                                        : change_parts(block, edits, options, path);
        if (!changed) {
            return changed;
        }
        out += *changed;
    }
    for (const Edit& edit : edits) {
        if (edit.matches == 0 && rows && options.action == Action::edit) {
            const base::Result<config::Service> made = parse_row(edit.value);
            if (!made) {
                return refuse(base::format("{}: \"{}\"", made.error().text, edit.raw));
            }
            out += row_text(*made, RowForm::folded);
        } else if (edit.matches == 0 && !rows) {
            warnings.push_back(base::format("unmatched service_name/type: \"{}\"", edit.raw));
        }
    }
    return out;
}

}  // namespace posthouse::tools
