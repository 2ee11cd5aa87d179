#pragma once
// Changing main.cf as text: comments, order and everything not named stay as they are.
#include <map>
#include <string>
#include <string_view>

namespace posthouse::tools {

enum class EditKind { set, comment_out, remove };

/// The text of main.cf after the edit. A set name keeps its first place, further entries of it go away; a name that was
/// not there is appended. `edits`: names, with values for EditKind::set.
[[nodiscard]] std::string edit_main_cf(std::string_view text, const std::map<std::string, std::string>& edits, EditKind kind);

}  // namespace posthouse::tools
