#pragma once
// What actions of header_checks(5) do to a message on its way in, and their log lines.
#include <optional>
#include <string>

#include "checks/content_check.hpp"
#include "checks/judgement.hpp"
#include "mail/envelope.hpp"
#include "mail/intake.hpp"
#include "mail/queue_id.hpp"
#include "observe/event.hpp"

namespace posthouse::cleanup {

/// Dispositions go into the envelope at once; the rest is the caller's to change when the content has ended.
class CheckActions final : public checks::ActionSink {
public:
    enum class Source : std::uint8_t { message, milter };  // of what is checked, for the log
    /// All are borrowed. `recipient` is the last one that the client named, for the log.
    CheckActions(mail::Envelope& envelope, std::string recipient, mail::QueueId id, observe::EventSink& events, const std::string& label, Source source = Source::message);

    Performed perform(const checks::Action& action, const checks::Place& place) override;
    void note(std::string_view action, const checks::Place& place, std::string_view text) override;
    void warn(std::string text) override;
    [[nodiscard]] std::string_view word_for_strange_action() const override { return "unknown"; }

    /// A part that nobody can look into (mime_nesting_limit); `field` is the one that opened it.
    void reject_nesting(std::string_view field);
    /// A table cannot answer now.
    void defer(const checks::Unanswered& why);

    [[nodiscard]] const std::optional<mail::IntakeRefusal>& refusal() const { return refusal_; }
    /// FILTER, REDIRECT, BCC.
    [[nodiscard]] const mail::MessageChanges& changes() const { return changes_; }

private:
    void reject(const std::string& text, const checks::Place& place);
    [[nodiscard]] std::string story(std::string_view text) const;

    mail::Envelope& envelope_;
    std::string recipient_, id_;
    observe::EventSink& events_;
    const std::string& label_;
    Source source_;
    std::optional<mail::IntakeRefusal> refusal_;
    mail::MessageChanges changes_;
};

/// header_checks(5) for one message.
struct Checking {
    Checking(CheckActions performing, const checks::CheckSet& set) : actions(std::move(performing)), content(set, actions) {}
    CheckActions actions;
    checks::ContentCheck content;
    std::string passed;  // what became of the block in hand
};

/// milter_header_checks for one message: each field that a milter adds or changes.
struct FieldChecks {
    const checks::CheckList& list;
    CheckActions actions;
    bool ended = false;  // an action ended the checks
};

}  // namespace posthouse::cleanup
