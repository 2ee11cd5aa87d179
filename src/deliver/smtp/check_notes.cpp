#include "deliver/smtp/check_notes.hpp"

#include "base/format.hpp"

namespace posthouse::deliver {

namespace {
constexpr std::size_t content_shown = 60;  // bytes of the line in the log, as in Postfix
}

bool CheckNotes::is_news() {
    if (told_again_ > 0) {
        --told_again_;
        return false;
    }
    ++told_;
    return true;
}

void CheckNotes::note(std::string_view action, const checks::Place& place, std::string_view text) {
    if (is_news()) {
        const std::string line = base::format("{}: {} {}{}{}", action, checks::part_word(place.part), place.line.substr(0, content_shown), text.empty() ? "" : ": ", text);
        const std::string id = id_.text();
        events_.on(speaker_, observe::Remark{observe::Severity::info, id, line});
    }
}

void CheckNotes::warn(std::string text) {
    if (is_news()) {
        events_.warn(speaker_, text);
    }
}

}  // namespace posthouse::deliver
