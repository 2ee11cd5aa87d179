#pragma once
// ContentCheck: one message, in blocks, through the lists of a CheckSet. Lives on the core of the message.
#include "checks/check_set.hpp"
#include "checks/judgement.hpp"

namespace posthouse::checks {

class ContentCheck {
public:
    /// Set and sink are borrowed.
    ContentCheck(const CheckSet& set, ActionSink& sink);

    using Answered = std::expected<void, Unanswered>;
    /// Appends what becomes of `block` to `out`; the caller awaits on the spot. The result is the same for every way to cut the content, and
    /// the content itself if no table knows a line of it.
    [[nodiscard]] world::Task<Answered> feed(std::string_view block, std::string& out);
    /// The content ends here.
    [[nodiscard]] world::Task<Answered> finish(std::string& out);

    /// Received fields of the header, those that a check removed, too: a loop is one even if its traces are hidden.
    [[nodiscard]] std::size_t hops() const { return hops_; }
    /// An action ended the checks (PASS, REJECT, DISCARD, REDIRECT); in Postfix milters are not asked any more, either.
    [[nodiscard]] bool ended() const { return ended_; }
    /// The field at which multiparts were nested deeper than mime_nesting_limit.
    [[nodiscard]] const std::optional<std::string>& nested_too_deep() const { return walker_.too_deep(); }

private:
    [[nodiscard]] world::Task<Answered> walk(std::string& out);
    [[nodiscard]] const CheckList* list_for(const message::MimePiece& piece) const;
    void put(const Judgement& judgement, std::string& out);
    void put_line(std::string_view text, std::string& out) const;

    const CheckSet& set_;
    ActionSink& sink_;
    message::MimeWalker walker_;
    message::MimePiece piece_;
    std::size_t hops_ = 0;
    bool ended_ = false;      // an action ended the checks
    bool mid_line_ = false;   // `out` ends inside a body line
};

}  // namespace posthouse::checks
