#include "checks/judgement.hpp"

#include "base/format.hpp"
#include "message/mime_walker.hpp"

namespace posthouse::checks {

namespace {

// Whether the text of `word`, REPLACE or PREPEND, can stand in the message. The log's words are Postfix's.
bool is_usable(std::string_view word, const std::string& text, const Place& place, ActionSink& sink) {
    if (text.empty()) {
        sink.warn(base::format("{} action without text in {} map", word, place.list));
        return false;
    }
    if (place.part == Part::header && !message::is_field_start(text)) {
        sink.warn(base::format("bad {} header text \"{}\" in {} map -- need \"headername: headervalue\"", word, text, place.list));
        return false;
    }
    return true;
}

}  // namespace

Judgement judge(std::string_view value, const Place& place, ActionSink& sink) {
    using Kind = Action::Kind;
    Action action = parse_action(value);
    Judgement out;
    switch (action.kind) {
        case Kind::warn: sink.note("warning", place, action.text); return out;
        case Kind::info: sink.note("info", place, action.text); return out;
        case Kind::dunno: return out;
        case Kind::ignore: out.line = Judgement::Line::drop; return out;
        case Kind::strip:
            sink.note("strip", place, action.text);
            out.line = Judgement::Line::drop;
            return out;
        case Kind::replace:
            if (is_usable("REPLACE", action.text, place, sink)) {
                sink.note("replace", place, action.text);
                out.line = Judgement::Line::replace;
                out.replacement = std::move(action.text);
            }
            return out;
        case Kind::prepend:
            if (is_usable("PREPEND", action.text, place, sink)) {
                sink.note("prepend", place, action.text);
                out.prepended = std::move(action.text);
            }
            return out;
        case Kind::bcc:
        case Kind::discard:
        case Kind::filter:
        case Kind::hold:
        case Kind::pass:
        case Kind::redirect:
        case Kind::reject:
        case Kind::unknown: break;
    }
    const ActionSink::Performed performed = action.kind == Kind::unknown ? ActionSink::Performed::no_such_action : sink.perform(action, place);
    if (performed == ActionSink::Performed::no_such_action) {
        sink.warn(base::format("{} command in {} map: {}", sink.word_for_strange_action(), place.list, value));
    }
    out.ends_checks = performed == ActionSink::Performed::ends_checks;
    return out;
}

world::Task<std::expected<Judgement, Unanswered>> check_line(const CheckList& list, Part part, std::string_view line, ActionSink& sink) {
    std::optional<tables::Lookup> answer = list.find_now(line);
    if (!answer) {
        world::Task<tables::Lookup> asking = list.find(std::string(line));
        answer = co_await std::move(asking);
    }
    if (answer->is_unknown()) {
        co_return std::unexpected(Unanswered{list.name(), std::move(answer->reason)});
    }
    co_return answer->is_found() ? judge(answer->value, {list.name(), part, line}, sink) : Judgement{};
}

}  // namespace posthouse::checks
