#pragma once
// What the answer of a table means for the line that was asked about, and who carries out what it means for the message.
#include <expected>
#include <string>
#include <string_view>

#include "checks/action.hpp"
#include "checks/check_list.hpp"

namespace posthouse::checks {

enum class Part : std::uint8_t { header, body };
[[nodiscard]] constexpr std::string_view part_word(Part part) { return part == Part::header ? "header" : "body"; }

/// What an action is about; views are valid during the call.
struct Place {
    std::string_view list;  // "mime_header_checks"
    Part part = Part::header;
    std::string_view line;  // as the tables saw it
};

/// The message that is checked, for the actions: who performs them differs between cleanup(8), smtp(8) and milters.
class ActionSink {
public:
    virtual ~ActionSink() = default;
    enum class Performed : std::uint8_t { no_such_action, goes_on, ends_checks };
    /// BCC, DISCARD, FILTER, HOLD, PASS, REDIRECT, REJECT: done and logged, or not known here.
    virtual Performed perform(const Action& action, const Place& place) = 0;
    /// The log line of an action about a line or about the log: "replace", "warning"; `text` is what came with it.
    virtual void note(std::string_view action, const Place& place, std::string_view text) = 0;
    /// A mistake in a table.
    virtual void warn(std::string text) = 0;
    /// How the log calls an action that perform() does not know: cleanup(8) says "unknown", smtp(8) "unsupported".
    [[nodiscard]] virtual std::string_view word_for_strange_action() const = 0;
};

struct Judgement {
    enum class Line : std::uint8_t { keep, drop, replace } line = Line::keep;
    std::string replacement;  // may have several lines, joined by "\n"
    std::string prepended;    // a line of its own in front; empty: none
    bool ends_checks = false;  // nothing else in this message is to be looked at
};

/// A table cannot be asked now.
struct Unanswered {
    std::string list;    // "header_checks"
    std::string reason;  // for the log
};

/// Carries out `value`, found for `place`.
[[nodiscard]] Judgement judge(std::string_view value, const Place& place, ActionSink& sink);

/// Asks `list` about one header field ("Name: value", lines joined by "\n", no line end) or body line and carries out the answer.
/// Everything is borrowed until the task ends.
[[nodiscard]] world::Task<std::expected<Judgement, Unanswered>> check_line(const CheckList& list, Part part, std::string_view line, ActionSink& sink);

}  // namespace posthouse::checks
