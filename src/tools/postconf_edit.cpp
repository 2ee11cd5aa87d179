#include "tools/postconf_edit.hpp"

#include "base/text.hpp"

namespace posthouse::tools {

namespace {

bool is_comment(std::string_view line) {
    const std::string_view visible = base::trim(line);
    return visible.empty() || visible.front() == '#';
}

std::string_view name_of(std::string_view line) { return line.substr(0, line.find_first_of("= \t\r\n\v\f")); }

/// Copies lines into the new text, replacing the logical lines that are edited.
class Editor {
public:
    Editor(const std::map<std::string, std::string>& edits, EditKind kind) : edits_(edits), kind_(kind) {}

    void line(std::string_view text) {
        if (is_comment(text)) {
            copy(text);
            return;
        }
        if (!base::is_space(text.front())) {
            const auto edit = edits_.find(std::string(name_of(text)));
            is_edited_ = edit != edits_.end();
            if (is_edited_) {
                if (++found_[edit->first] == 2) {
                    repeated_.push_back(edit->first);
                }
                if (kind_ == EditKind::set) {
                    set(edit->first, edit->second);
                }
            }
        }
        if (!is_edited_) {
            copy(text);
        } else if (kind_ == EditKind::comment_out) {
            out_ += '#';
            copy(text);
        }
    }

    EditedMainCf finish() {
        for (const auto& [name, value] : edits_) {
            if (kind_ == EditKind::set && !found_.contains(name)) {
                set(name, value);
            }
        }
        return {std::move(out_), std::move(repeated_)};
    }

private:
    void copy(std::string_view text) {
        out_ += text;
        out_ += '\n';
    }
    void set(std::string_view name, std::string_view value) {
        out_ += name;
        out_ += " = ";
        copy(value);
    }

    const std::map<std::string, std::string>& edits_;
    EditKind kind_;
    bool is_edited_ = false;
    std::map<std::string, int> found_;
    std::vector<std::string> repeated_;
    std::string out_;
};

}  // namespace

EditedMainCf edit_main_cf(std::string_view text, const std::map<std::string, std::string>& edits, EditKind kind) {
    Editor editor(edits, kind);
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        editor.line(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return editor.finish();
}

}  // namespace posthouse::tools
