#pragma once
// Changing main.cf as text: comments, order and everything not named stay as they are.
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace posthouse::tools {

enum class EditKind { set, comment_out, remove };

/// The text of main.cf after the edit. A name that is set keeps its places, a name that was not there is appended. `edits`: names, with values for EditKind::set.
struct EditedMainCf {
    std::string text;
    std::vector<std::string> repeated;  // names of which there were several
};
[[nodiscard]] EditedMainCf edit_main_cf(std::string_view text, const std::map<std::string, std::string>& edits, EditKind kind);

}  // namespace posthouse::tools
