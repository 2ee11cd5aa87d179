#include "checks/action.hpp"

#include <utility>

#include "base/text.hpp"

namespace posthouse::checks {

Action parse_action(std::string_view value) {
    using Kind = Action::Kind;
    static constexpr std::pair<std::string_view, Kind> words[] = {
        {"BCC", Kind::bcc},         {"DISCARD", Kind::discard}, {"DUNNO", Kind::dunno},       {"FILTER", Kind::filter},   {"HOLD", Kind::hold},
        {"IGNORE", Kind::ignore},   {"INFO", Kind::info},       {"OK", Kind::dunno},          {"PASS", Kind::pass},       {"PREPEND", Kind::prepend},
        {"REDIRECT", Kind::redirect}, {"REJECT", Kind::reject},   {"REPLACE", Kind::replace}, {"STRIP", Kind::strip},     {"WARN", Kind::warn},
    };
    const std::size_t end = std::min(value.find_first_of(" \t"), value.size());
    Action out;
    out.text = base::trim_left(value.substr(end));
    for (const auto& [word, kind] : words) {
        if (base::iequals(value.substr(0, end), word)) {
            out.kind = kind;
        }
    }
    return out;
}

bool is_about_message(Action::Kind kind) { return kind <= Action::Kind::reject; }

}  // namespace posthouse::checks
